import { type Prefix, prefixElements } from '../engine/families/decoder.ts'
import { excerpt, SoftPromptError } from '../error.ts'
import { type FloatTensor, float32 } from '../tensor.ts'
import { parseCard, sha256 } from './card.ts'
import type { ModelCard, ModelSizes } from './model-card.ts'
import { PromptCard } from './prompt-card.ts'
import { readSafetensors } from './safetensors.ts'
import { type PromptFile, promptFiles } from './storage-keys.ts'

export type PromptFiles = Record<PromptFile, Uint8Array<ArrayBuffer>>

/** The tensor that PEFT keeps a prompt in: [P, H] for prompt tuning, [P, 2L · kv heads · head size] for prefix tuning. */
export const promptTensor = 'prompt_embeddings'
export const labelTensor = 'label_rows'

/** The learned part of a package, ready for the graph. */
export type PromptParameters =
  | { readonly method: 'prompt'; readonly promptTable: FloatTensor } // [P, H]
  | { readonly method: 'prefix'; readonly prefix: Prefix }

export interface PromptPackage {
  readonly card: PromptCard
  readonly parameters: PromptParameters
  /** [C, H] */
  readonly labelRows: Float32Array
  /** What is odd but allowed: another weight format or graph version of the same base. */
  readonly warnings: readonly string[]
}

/**
 * A prompt package from its files, checked whole: the card, each file's hash, the base model, shapes and values.
 * Throws `base_mismatch` where the prompt is for another base, `invalid_prompt` or `invalid_file` where a file is wrong.
 */
export async function readPromptPackage(files: PromptFiles, model: ModelCard, where: string): Promise<PromptPackage> {
  const card = parsePromptCard(files['prompt.json'], where)
  for (const file of promptFiles) {
    if (file === 'prompt.json') continue
    const { bytes, sha256: wanted } = card.files[file]
    if (files[file].length !== bytes || (await sha256(files[file])) !== wanted) {
      throw new SoftPromptError(
        'invalid_prompt',
        `Cannot load ${where}: ${file} is not the file that prompt.json describes (${bytes} bytes, SHA-256 ${wanted}). Was it changed or cut? Copy the package again.`,
      )
    }
  }
  checkBase(card, model, where)
  const { context, vocabulary } = model.sizes
  if (card.virtualTokens + card.maxTokens > context) {
    throw new SoftPromptError(
      'invalid_prompt',
      `Cannot load ${where}: its ${card.virtualTokens} virtual tokens and rows of ${card.maxTokens} tokens need more than the model's ${context} positions. Make the package again.`,
    )
  }
  const alien = card.labels.find(({ token }) => token >= vocabulary)
  if (alien !== undefined) {
    throw new SoftPromptError(
      'invalid_prompt',
      `Cannot load ${where}: label ${excerpt(alien.label)} has token ${alien.token}, and the model has ${vocabulary}. Make the package again.`,
    )
  }
  if (card.selfTest.some(({ scores }) => scores.length !== card.labels.length)) {
    throw new SoftPromptError(
      'invalid_prompt',
      `Cannot load ${where}: its self-test does not have a score for each of ${card.labels.length} labels. Make the package again.`,
    )
  }
  return {
    card,
    parameters: readParameters(files['adapter_model.safetensors'], card, model.sizes, where),
    labelRows: readTensor(
      files['labels.safetensors'],
      labelTensor,
      [card.labels.length, model.sizes.hidden],
      `${where}/labels.safetensors`,
    ),
    warnings: baseWarnings(card, model),
  }
}

/** The card in `prompt.json`'s bytes. */
export function parsePromptCard(bytes: Uint8Array, where: string): PromptCard {
  return parseCard(PromptCard, new TextDecoder().decode(bytes), `${where}/prompt.json`, 'invalid_prompt')
}

/** Throws where `card`'s prompt was trained for another base than `model`'s. */
export function checkBase(card: PromptCard, model: ModelCard, where: string): void {
  if (card.base.hash === model.baseHash) return
  throw new SoftPromptError(
    'base_mismatch',
    `Cannot load ${where} into model ${model.name}: it was trained for base ${card.base.hash} (${card.base.name}), this one is ${model.baseHash}. Train it again, or serve the model that it was trained for.`,
  )
}

/** PEFT's prefix rows [P, 2L · kv heads · head size] as a prefix. Keys are used as they are, without rotation. */
export function prefixFromPeft(embeddings: Float32Array, P: number, sizes: ModelSizes): Prefix {
  return { length: P, keyValues: swapPositions(embeddings, P, sizes, 'to prefix') }
}

/** A prefix as PEFT stores it: the inverse of `prefixFromPeft`. */
export function prefixToPeft({ keyValues, length }: Prefix, sizes: ModelSizes): Float32Array {
  return swapPositions(keyValues, length, sizes, 'to PEFT')
}

function readParameters(bytes: Uint8Array, card: PromptCard, sizes: ModelSizes, where: string): PromptParameters {
  const P = card.virtualTokens
  const file = `${where}/adapter_model.safetensors`
  if (card.method === 'prompt') {
    return { method: 'prompt', promptTable: float32([P, sizes.hidden], readTensor(bytes, promptTensor, [P, sizes.hidden], file)) }
  }
  const embeddings = readTensor(bytes, promptTensor, [P, prefixElements(1, sizes)], file)
  return { method: 'prefix', prefix: prefixFromPeft(embeddings, P, sizes) }
}

function readTensor(bytes: Uint8Array, name: string, shape: readonly number[], where: string): Float32Array {
  const tensor = readSafetensors(bytes, where).get(name)
  if (tensor === undefined) throw new SoftPromptError('invalid_prompt', `Cannot load ${where}: it has no tensor ${name}.`)
  if (tensor.shape.join() !== shape.join()) {
    throw new SoftPromptError(
      'invalid_prompt',
      `Cannot load ${where}: tensor ${name} has shape [${tensor.shape}], and this model and card want [${shape}].`,
    )
  }
  return tensor.data
}

function baseWarnings({ base, task }: PromptCard, model: ModelCard): string[] {
  const warnings: string[] = []
  if (base.weights !== model.weights)
    warnings.push(`prompt ${task} was trained through ${base.weights} weights, this model has ${model.weights}`)
  if (base.graphVersion !== model.graphVersion)
    warnings.push(`prompt ${task} was trained through graph version ${base.graphVersion}, this model has ${model.graphVersion}`)
  return warnings
}

/** (P, 2L, kv, head size) ⇄ (2L, kv, P, head size). */
function swapPositions(source: Float32Array, P: number, sizes: ModelSizes, direction: 'to prefix' | 'to PEFT'): Float32Array {
  const { headSize } = sizes
  const heads = prefixElements(1, sizes) / headSize // 2L · kv
  const target = new Float32Array(source.length)
  for (let p = 0; p < P; p++) {
    for (let head = 0; head < heads; head++) {
      const peft = (p * heads + head) * headSize
      const prefix = (head * P + p) * headSize
      const [from, to] = direction === 'to prefix' ? [peft, prefix] : [prefix, peft]
      target.set(source.subarray(from, from + headSize), to)
    }
  }
  return target
}
