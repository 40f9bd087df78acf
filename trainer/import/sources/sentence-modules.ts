import { join } from 'node:path'
import { z } from 'zod'
import { excerpt, SoftPromptError } from '../../../shared/error.ts'
import { parseCard } from '../../../shared/formats/card.ts'
import { readFile } from '../../disk/read-file.ts'

const maxConfigBytes = 2 ** 20

const Modules = z.array(z.looseObject({ path: z.string(), type: z.string() })).max(16)
const Pooling = z.looseObject({ pooling_mode: z.union([z.string(), z.array(z.string())]).nullish() })
const Transformer = z.looseObject({ do_lower_case: z.boolean().nullish() })

/** sentence-transformers' ways to make one vector of a text's, and the readout that is the same. */
const readouts: Readonly<Record<string, string>> = { mean: 'mean', mean_tokens: 'mean', cls: 'first', cls_token: 'first' }

/**
 * The readout that a sentence-transformers folder asks for (`modules.json`, `1_Pooling/config.json`), or null where it asks for none.
 * Its `Normalize` is for comparing texts: rows are learned on what it would normalise. Throws `unsupported`, by name, on a module or a
 * pooling that would compute something else.
 */
export function sentenceReadout(directory: string): string | null {
  const read = <Schema extends z.ZodType>(schema: Schema, ...path: string[]) => {
    const file = join(directory, ...path)
    const bytes = readFile(file, maxConfigBytes, 'invalid_model')
    return bytes && parseCard(schema, new TextDecoder().decode(bytes), file, 'invalid_model')
  }
  const modules = read(Modules, 'modules.json')
  if (modules === null) return null
  const refuse = (file: string, why: string) => new SoftPromptError('unsupported', `Cannot read ${join(directory, file)}: ${why}.`)
  let readout: string | null = null
  for (const { path, type } of modules) {
    const name = type.split('.').at(-1)
    if (path !== '' && !/^[\w-]{1,255}$/.test(path)) throw refuse('modules.json', `${excerpt(path)} is not the name of a folder`)
    if (name === 'Transformer') {
      if (path !== '') throw refuse('modules.json', `its transformer lies in ${path}: give that folder`)
    } else if (name === 'Pooling') {
      const pooling = read(Pooling, path, 'config.json')
      if (pooling === null) throw refuse('modules.json', `it names ${path}, and there is no ${path}/config.json`)
      if (readout !== null) throw refuse('modules.json', 'it pools twice, and one vector a text is scored here')
      readout = poolingReadout(pooling, (why) => refuse(join(path, 'config.json'), why))
    } else if (name !== 'Normalize') {
      throw refuse('modules.json', `module ${excerpt(name)} is not built here, and the model would compute something else without it`)
    }
  }
  if (read(Transformer, 'sentence_bert_config.json')?.do_lower_case === true)
    throw refuse(
      'sentence_bert_config.json',
      'do_lower_case is true, and only what tokenizer.json says is done to texts here: set it to false where its normalizer has lowercase',
    )
  return readout
}

function poolingReadout({ pooling_mode: named, ...pooling }: z.infer<typeof Pooling>, refuse: (why: string) => SoftPromptError): string {
  const flags = Object.entries(pooling).flatMap(([field, value]) => (field.startsWith('pooling_mode_') && value === true ? [field.slice(13)] : [])) // biome-ignore format: one thought
  const modes = named === null || named === undefined ? flags : [named].flat()
  const [mode = 'none'] = modes
  if (modes.length > 1) throw refuse(`it asks for ${excerpt(modes.join(' and '))} together, and one vector a text is scored here`)
  const readout = Object.hasOwn(readouts, mode) ? readouts[mode] : undefined
  if (readout === undefined) throw refuse(`its pooling mode is ${excerpt(mode)}, and ${Object.keys(readouts).join(', ')} are built here`)
  return readout
}
