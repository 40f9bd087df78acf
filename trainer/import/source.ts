import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import * as families from '../../shared/engine/families/table.ts'
import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { parseCard } from '../../shared/formats/card.ts'
import type { ModelCard } from '../../shared/formats/model-card.ts'
import { loadTokenizer } from '../../shared/text/tokenizer.ts'
import { readFile } from '../disk/read-file.ts'
import type { Architecture, Blueprint } from './architectures/architecture.ts'
import * as architectures from './architectures/table.ts'
import { requireNoBacktracking } from './sources/backtracking.ts'
import { wantsBos } from './sources/bos-token.ts'
import { Checkpoint } from './sources/checkpoint.ts'
import { defaultPrompt } from './sources/default-prompt.ts'
import { maxTextBytes, requiredFile } from './sources/required-file.ts'
import { type SentenceModules, sentenceModules } from './sources/sentence-modules.ts'
import { bareTexts, specialTokens } from './sources/special-tokens.ts'
import { tokenizerIds } from './sources/tokenizer-ids.ts'

/** A Hugging Face checkpoint, opened and found whole: what an import reads. */
export interface Source {
  readonly modelType: string
  /** The name of the architecture's entry. */
  readonly architecture: string
  readonly family: Architecture['family']
  readonly gpuFamily: Architecture['family']
  readonly blueprint: Blueprint
  /** tokenizer.json as it is. */
  readonly tokenizer: Uint8Array<ArrayBuffer>
  /** Its regular expressions that are not known ones, checked for backtracking. */
  readonly checkedPatterns: readonly string[]
  readonly tokens: ModelCard['tokens']
  /** The id put before every text where config.json names it; null where there is none, or the tokenizer alone says what stands there. */
  readonly bos: number | null
  readonly readout: string
  /** What of the checkpoint is not done here and may be missed, with the way out: a sentence or two each. */
  readonly warnings: readonly string[]
  /** To be closed by the caller. */
  readonly checkpoint: Checkpoint
}

const ModelType = z.looseObject({ model_type: z.string() })

/**
 * Opens the checkpoint in `folder`, or where the modules of that folder say that it lies. `bos` says whether a text begins with its
 * `bos_token_id`; by default what its tokenizer says. Throws where it is none, or is none that can be built.
 */
export function openSource(folder: string, bos?: boolean): Source {
  requireDownloaded(folder)
  const modules = sentenceModules(folder)
  const directory = modules?.transformer ?? folder
  const demand = (name: string) => requiredFile(directory, name)
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
  const where = join(directory, 'config.json')
  const config = parseCard(ModelType, text(demand('config.json')), where, 'unsupported')
  const [architecture, { family, gpuFamily = family, describe }] = architectureFor(config.model_type, where)
  const blueprint = describe(config, where)

  const tokenizer = demand('tokenizer.json')
  const checkedPatterns = requireNoBacktracking(text(tokenizer), join(directory, 'tokenizer.json'))
  loadTokenizer(text(tokenizer), join(directory, 'tokenizer.json'), blueprint.sizes.vocabulary, checkedPatterns)
  const tokens = tokensOf(blueprint, text(tokenizer), directory, bos)
  const readout = modules?.readout ?? blueprint.readout
  requireReadout(readout, family, folder)
  requireHidden(modules, blueprint, folder)

  const checkpoint = new Checkpoint(directory, blueprint.rename)
  try {
    requireTensors(checkpoint, blueprint, config.model_type)
  } catch (error) {
    checkpoint.close()
    throw error
  }
  return {
    modelType: config.model_type,
    architecture,
    family,
    gpuFamily,
    blueprint,
    tokenizer,
    checkedPatterns,
    ...tokens,
    readout,
    warnings: [
      blueprint.tokens === 'post-processor' ? bareTexts(tokens.tokens, text(tokenizer), join(directory, 'tokenizer.json')) : null,
      modules && defaultPrompt(folder, modules.leavesPromptOut), // the file is read of a folder of modules alone
    ].filter((warning) => warning !== null),
    checkpoint,
  }
}

/** What a model of the Hugging Face Hub is called there. */
const hubId = /^[a-z0-9][\w.-]{0,95}\/[a-z0-9][\w.-]{0,95}$/i

/** Throws where the folder is not there and its name is like that of a model of the Hugging Face Hub, which is downloaded apart. */
function requireDownloaded(directory: string): void {
  if (existsSync(directory) || !hubId.test(directory)) return
  const name = basename(directory)
  throw new SoftPromptError(
    'invalid_model',
    `Cannot import ${directory}: there is no such folder. If it is a model of the Hugging Face Hub, download it first: hf download ${directory} --local-dir ${name} (pip install huggingface_hub brings hf). Then import the folder ${name}.`,
  )
}

/** What stands around a text, and the part of it that config.json names. */
function tokensOf({ tokens, sizes }: Blueprint, tokenizer: string, directory: string, bos?: boolean): Pick<Source, 'tokens' | 'bos'> {
  const file = join(directory, 'tokenizer.json')
  if (tokens !== 'post-processor') {
    const settings = readFile(join(directory, 'tokenizer_config.json'), maxTextBytes, 'invalid_model')
    const begins = bos ?? wantsBos(settings && new TextDecoder().decode(settings), tokenizer, directory)
    const first = begins ? tokens.bos : null
    return { tokens: { before: first === null ? [] : [first], after: [], eos: tokens.eos }, bos: first }
  }
  if (bos !== undefined)
    throw new SoftPromptError(
      'usage',
      `Cannot choose the token before a text with --bos for ${directory}: what stands around a text is in its tokenizer.json.`,
    )
  requireOwnTokenizer(tokenizer, file, sizes.vocabulary)
  const { before, after } = specialTokens(tokenizer, file)
  const alien = [...before, ...after].find((id) => id >= sizes.vocabulary)
  if (alien !== undefined)
    throw new SoftPromptError(
      'invalid_model',
      `Cannot use ${file}: its post_processor puts id ${alien} around a text, and the model has embeddings for ${sizes.vocabulary} ids.`,
    )
  return { tokens: { before: [...before], after: [...after], eos: null }, bos: null }
}

/**
 * The least part of a model's embeddings that its own tokenizer has ids for: vocabularies are rounded up, to multiples of 64 or so, and
 * another model's have mostly far fewer or more: BERT's cased vocabulary has 95 % of the ids of the uncased one.
 */
const minReached = 0.97

/**
 * Throws where the tokenizer is another model's: its ids would be looked up all the same, and mean something else. Decoders are spared,
 * as some leave much of their embeddings to tokens yet to be added.
 */
function requireOwnTokenizer(tokenizer: string, where: string, vocabulary: number): void {
  const reached = [...tokenizerIds(tokenizer, where)].filter((id) => id < vocabulary).length
  if (reached >= minReached * vocabulary) return
  throw new SoftPromptError(
    'invalid_model',
    `Cannot use ${where}: it has ${reached} ids of the ${vocabulary} that the model has embeddings for, so it is another model's. Give the tokenizer.json that the model was trained with, or cut the model's embeddings to the ids that are used.`,
  )
}

/** Throws where the folder asks for a readout that models of its family have not. */
function requireReadout(readout: string, family: Architecture['family'], directory: string): void {
  const { readouts } = families[family]
  if (readouts.includes(readout)) return
  throw new SoftPromptError(
    'unsupported',
    `Cannot import ${directory}: its modules.json asks for the readout ${readout}, and of a model of family ${family} what can be read is ${readouts.join(' or ')}.`,
  )
}

/** Throws where the folder pools vectors of another length than the model's: one of the two is another model's. */
function requireHidden(modules: SentenceModules | null, { sizes }: Blueprint, directory: string): void {
  const { hidden = null } = modules ?? {}
  if (hidden === null || hidden === sizes.hidden) return
  throw new SoftPromptError(
    'invalid_model',
    `Cannot import ${directory}: its pooling is for vectors of ${hidden} numbers, and config.json's hidden_size is ${sizes.hidden}. Give the folder as it was published, or write ${sizes.hidden} into the config.json of its pooling.`,
  )
}

const entries = Object.entries<Architecture>(architectures)

/** Every `model_type` that can be imported. */
export const modelTypes = entries.flatMap(([, architecture]) => architecture.modelTypes)

/** The entry that takes `modelType`, with its name. */
function architectureFor(modelType: string, where: string): [string, Architecture] {
  const entry = entries.find(([, architecture]) => architecture.modelTypes.includes(modelType))
  if (entry !== undefined) return entry
  throw new SoftPromptError(
    'unsupported',
    `Cannot read ${where}: its model_type is ${excerpt(JSON.stringify(modelType))}, and only ${modelTypes.join(', ')} can be imported.`,
    { param: 'model_type' },
  )
}

/** Throws where the checkpoint's tensors are not just those that its config.json asks for. */
function requireTensors(checkpoint: Checkpoint, blueprint: Blueprint, modelType: string): void {
  const { tensors, ignores } = blueprint
  requireLayers(checkpoint, blueprint)
  for (const [name, shape] of tensors) checkpoint.expect(name, shape)
  const other = checkpoint.names.find((name) => !tensors.has(name) && !ignores(name))
  if (other === undefined) return
  throw new SoftPromptError(
    'unsupported',
    `Cannot import ${checkpoint.directory}: tensor ${excerpt(other)} does not belong to the ${modelType} model that config.json describes; leaving it out would change what the model computes.`,
  )
}

/** Throws where the checkpoint's tensors are those of fewer or more layers than its config.json asks for. */
function requireLayers({ names, directory }: Checkpoint, { ignores, sizes }: Blueprint): void {
  const layers = names.flatMap((name) => (ignores(name) ? [] : (/(?:^|\.)layers?\.(\d+)\./.exec(name)?.slice(1).map(Number) ?? [])))
  const stored = Math.max(-1, ...layers) + 1
  if (stored === 0 || stored === sizes.layers) return
  throw new SoftPromptError(
    'invalid_model',
    `Cannot import ${directory}: num_hidden_layers in its config.json is ${sizes.layers}, and its tensors are those of ${stored} layers. Give the whole checkpoint with the config.json that it was saved with.`,
    { param: 'num_hidden_layers' },
  )
}
