import { basename, dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { excerpt, SoftPromptError } from '../../../shared/error.ts'
import { parseCard } from '../../../shared/formats/card.ts'
import { readFile } from '../../disk/read-file.ts'

const maxConfigBytes = 2 ** 20

const Modules = z.array(z.looseObject({ path: z.string(), type: z.string() })).max(16)
const Pooling = z.looseObject({
  pooling_mode: z.union([z.string(), z.array(z.string())]).nullish(),
  word_embedding_dimension: z.int().nullish(),
  embedding_dimension: z.int().nullish(),
  include_prompt: z.boolean().nullish(),
})
const Transformer = z.looseObject({ do_lower_case: z.boolean().nullish() })

/** sentence-transformers' ways to make one vector of a text's, and the readout that is the same. */
const readouts: Readonly<Record<string, string>> = { mean: 'mean', mean_tokens: 'mean', cls: 'first', cls_token: 'first' }

/** What a sentence-transformers folder says of its model. */
export interface SentenceModules {
  /** The folder where its config.json, tokenizer.json and weights lie: itself, or one in it. */
  readonly transformer: string
  readonly readout: string
  /** The H that its pooling is for; null where it says none. */
  readonly hidden: number | null
  /** Whether the words that it puts before a text are no part of the mean. */
  readonly leavesPromptOut: boolean
}

/**
 * What the modules of a sentence-transformers folder say (`modules.json`, `1_Pooling/config.json`), or null where it has none. Its
 * `Normalize` is for comparing texts: rows are learned on what it would normalise. Throws `unsupported`, by name, on a module or a pooling
 * that would compute something else, and `usage` where the folder is the transformer of the one above, whose pooling would be lost.
 */
export function sentenceModules(directory: string): SentenceModules | null {
  const modules = read(Modules, directory, 'modules.json')
  if (modules === null) {
    requireNoPoolingAbove(directory)
    return null
  }
  const refuse = (why: string) => new SoftPromptError('unsupported', `Cannot read ${join(directory, 'modules.json')}: ${why}.`)
  const strange = modules.find(({ path }) => path !== '' && !/^[\w-]{1,255}$/.test(path))
  if (strange !== undefined) throw refuse(`${excerpt(strange.path)} is not the name of a folder`)
  const names = modules.map(nameOf)
  const unbuilt = names.find((name) => !['Transformer', 'Pooling', 'Normalize'].includes(name))
  if (unbuilt !== undefined)
    throw refuse(`module ${excerpt(unbuilt)} is not built here, and the model would compute something else without it`)
  const [first, second] = modules
  if (first === undefined || second === undefined || !/^Transformer,Pooling(,Normalize)*$/.test(names.join()))
    throw refuse(
      `it names ${names.join(', ') || 'no module'}, and here one vector a text is made by Transformer, Pooling and perhaps Normalize, in this order. Mend it or, to import the transformer by itself, take it out of the folder`,
    )
  const transformer = join(directory, first.path)
  if (read(Transformer, transformer, 'sentence_bert_config.json')?.do_lower_case === true)
    throw new SoftPromptError(
      'unsupported',
      `Cannot read ${join(transformer, 'sentence_bert_config.json')}: do_lower_case is true, and only what tokenizer.json says is done to texts here: set it to false where its normalizer has lowercase.`,
    )
  const pooling = read(Pooling, directory, second.path, 'config.json')
  if (pooling === null) throw refuse(`it names ${second.path}, and there is no ${join(second.path, 'config.json')}`)
  const readout = poolingReadout(pooling, join(directory, second.path, 'config.json'))
  return {
    transformer,
    readout,
    hidden: pooling.embedding_dimension ?? pooling.word_embedding_dimension ?? null,
    leavesPromptOut: pooling.include_prompt === false && readout === 'mean', // the first position is the same either way
  }
}

function read<Schema extends z.ZodType>(schema: Schema, ...path: string[]): z.infer<Schema> | null {
  const file = join(...path)
  const bytes = readFile(file, maxConfigBytes, 'invalid_model')
  return bytes && parseCard(schema, new TextDecoder().decode(bytes), file, 'invalid_model')
}

/** A module's type without its package, which older and newer versions call differently. */
function nameOf({ type }: z.infer<typeof Modules>[number]): string {
  return type.split('.').at(-1) as string
}

function requireNoPoolingAbove(directory: string): void {
  const above = dirname(resolve(directory))
  const name = basename(resolve(directory))
  if (!modulesAbove(above)?.some((module) => nameOf(module) === 'Transformer' && module.path === name)) return
  throw new SoftPromptError(
    'usage',
    `Cannot import ${directory}: it is the transformer of a sentence-transformers model, and ${join(above, 'modules.json')} says how its vectors are pooled. Give the folder above: ${above}.`,
  )
}

/** The modules of the folder above, or null where its modules.json is something else: that is none of what is imported. */
function modulesAbove(above: string): z.infer<typeof Modules> | null {
  try {
    return read(Modules, above, 'modules.json')
  } catch (error) {
    if (error instanceof SoftPromptError) return null
    throw error
  }
}

function poolingReadout({ pooling_mode: named, ...pooling }: z.infer<typeof Pooling>, where: string): string {
  const refuse = (why: string) => new SoftPromptError('unsupported', `Cannot read ${where}: ${why}.`)
  const flags = Object.entries(pooling).filter(([field]) => field.startsWith('pooling_mode_'))
  const odd = flags.find(([, value]) => typeof value !== 'boolean' && value !== null)
  if (odd !== undefined) throw refuse(`${excerpt(odd[0])} is ${excerpt(JSON.stringify(odd[1]))}, and true or false is read here`)
  const raised = flags.flatMap(([field, value]) => (value === true ? [field.slice(13)] : []))
  const modes = named === null || named === undefined ? raised : [named].flat()
  const [mode = 'none'] = modes
  if (modes.length > 1) throw refuse(`it asks for ${excerpt(modes.join(' and '))} together, and one vector a text is scored here`)
  const readout = Object.hasOwn(readouts, mode) ? readouts[mode] : undefined
  if (readout === undefined) throw refuse(`its pooling mode is ${excerpt(mode)}, and ${Object.keys(readouts).join(', ')} are built here`)
  return readout
}
