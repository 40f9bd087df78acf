import { excerpt, SoftPromptError } from '../error.ts'
import { float32 } from '../tensor.ts'
import { cardText, parseCard } from './card.ts'
import { sha256 } from './hashing.ts'
import type { ModelCard, ModelSizes } from './model-card.ts'
import { type PeftFiles, prefixFromPeft, promptTensor, type StoredPrompt } from './peft.ts'
import { prefixElements } from './prefix.ts'
import { PromptCard } from './prompt-card.ts'
import { readSafetensors, writeSafetensors } from './safetensors.ts'
import { type PromptFile, promptFiles } from './storage-keys.ts'

export type PromptFiles = Record<PromptFile, Uint8Array<ArrayBuffer>>

/** The vectors that score labels: a label's score is the product of its row and the hidden state, plus its bias. */
export interface LabelHead {
  /** [C, H] */
  readonly labelRows: Float32Array
  /** [C] */
  readonly bias: Float32Array
}

/** The tensors of labels.safetensors; the probe's two may be left out. */
export const labelTensors = { rows: 'label_rows', bias: 'bias', probeRows: 'probe_rows', probeBias: 'probe_bias' } as const

export interface PromptPackage extends LabelHead {
  readonly card: PromptCard
  readonly stored: StoredPrompt
  /** What the same examples teach without a prompt, by which the prompt is judged; null where the package has none. */
  readonly probe: LabelHead | null
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
        `Cannot load ${where}: ${file} is not the file that prompt.json describes (${bytes} bytes, SHA-256 ${wanted}). It may have been changed or cut short: copy the package again.`,
      )
    }
  }
  checkBase(card, model, where)
  checkFit(card, model.sizes, where)
  const labels = readSafetensors(files['labels.safetensors'], `${where}/labels.safetensors`)
  const shapes = { rows: [card.labels.length, model.sizes.hidden], bias: [card.labels.length] }
  const head = (rows: string, bias: string): LabelHead => ({
    labelRows: tensorOf(labels, rows, shapes.rows, `${where}/labels.safetensors`),
    bias: tensorOf(labels, bias, shapes.bias, `${where}/labels.safetensors`),
  })
  return {
    card,
    stored: readStored(files['adapter_model.safetensors'], card, model.sizes, `${where}/adapter_model.safetensors`),
    ...head(labelTensors.rows, labelTensors.bias),
    probe: labels.has(labelTensors.probeRows) ? head(labelTensors.probeRows, labelTensors.probeBias) : null,
    warnings: baseWarnings(card, model),
  }
}

/** A card to be, without what follows from the files. */
export type UnsealedCard = Omit<PromptCard, 'files' | 'format' | 'version'>

/**
 * The files of a prompt package around PEFT's own two, which stay as they are. Throws where `model` could not load it: numbers that
 * are not finite, other shapes. `where` names the package in errors.
 */
export async function sealPromptPackage(
  card: UnsealedCard,
  peft: PeftFiles,
  head: LabelHead,
  model: ModelCard,
  where: string,
  probe: LabelHead | null = null,
): Promise<PromptFiles> {
  const C = card.labels.length
  const tensors = (rows: string, bias: string, of: LabelHead) => ({
    [rows]: { shape: [C, of.labelRows.length / C], data: of.labelRows },
    [bias]: { shape: [C], data: of.bias },
  })
  const labels = writeSafetensors({
    ...tensors(labelTensors.rows, labelTensors.bias, head),
    ...(probe === null ? {} : tensors(labelTensors.probeRows, labelTensors.probeBias, probe)),
  })
  const contents = { ...peft, 'labels.safetensors': labels }
  const entry = async (bytes: Uint8Array<ArrayBuffer>) => ({ bytes: bytes.length, sha256: await sha256(bytes) })
  const sealed: PromptCard = {
    format: 'softprompt-prompt',
    version: 2,
    ...card,
    files: {
      'adapter_config.json': await entry(contents['adapter_config.json']),
      'adapter_model.safetensors': await entry(contents['adapter_model.safetensors']),
      'labels.safetensors': await entry(contents['labels.safetensors']),
    },
  }
  const files = { 'prompt.json': Uint8Array.from(new TextEncoder().encode(cardText(sealed))), ...contents }
  await readPromptPackage(files, model, where)
  return files
}

/** The card in `prompt.json`'s bytes. */
export function parsePromptCard(bytes: Uint8Array, where: string): PromptCard {
  return parseCard(PromptCard, new TextDecoder().decode(bytes), `${where}/prompt.json`, 'invalid_prompt')
}

/** Throws where `card`'s prompt was trained for another base than `model`'s. */
function checkBase(card: PromptCard, model: ModelCard, where: string): void {
  if (card.base.hash === model.baseHash) return
  throw new SoftPromptError(
    'base_mismatch',
    `Cannot load ${where} into model ${model.name}: it was trained for base ${card.base.hash} (${card.base.name}), this one is ${model.baseHash}. Train it again, or serve the model that it was trained for.`,
  )
}

function checkFit(card: PromptCard, { context, vocabulary }: ModelSizes, where: string): void {
  const refuse = (why: string) => new SoftPromptError('invalid_prompt', `Cannot load ${where}: ${why}. Make the package again.`)
  if (card.positionOffset + card.maxTokens > context)
    throw refuse(
      `its rows of ${card.maxTokens} tokens, which begin at position ${card.positionOffset}, need more than the model's ${context} positions`,
    )
  const alien = card.labels.find(({ token }) => token >= vocabulary)
  if (alien !== undefined) throw refuse(`label ${excerpt(alien.label)} has token ${alien.token}, and the model has ${vocabulary}`)
  const C = card.labels.length
  if (card.selfTest.some(({ scores }) => Object.values(scores).some((list) => list.length !== C)))
    throw refuse(`its self-test does not have a score for each of ${C} labels`)
}

function readStored(bytes: Uint8Array, card: PromptCard, sizes: ModelSizes, where: string): StoredPrompt {
  const P = card.virtualTokens
  if (card.kind === 'table') {
    return { kind: 'table', table: float32([P, sizes.hidden], readTensor(bytes, promptTensor, [P, sizes.hidden], where)) }
  }
  const embeddings = readTensor(bytes, promptTensor, [P, prefixElements(1, sizes)], where)
  return { kind: 'prefix', prefix: prefixFromPeft(embeddings, P, sizes) }
}

function readTensor(bytes: Uint8Array, name: string, shape: readonly number[], where: string): Float32Array {
  return tensorOf(readSafetensors(bytes, where), name, shape, where)
}

function tensorOf(tensors: ReturnType<typeof readSafetensors>, name: string, shape: readonly number[], where: string): Float32Array {
  const tensor = tensors.get(name)
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
  if (base.graphVersion === model.graphVersion) return []
  return [`prompt ${task} was trained through graph version ${base.graphVersion}, this model has ${model.graphVersion}`]
}

/** The warning that a prompt meets another weight format than in training, for where no self-test shows that it answers alike; else null. */
export function weightsWarning({ base, task }: PromptCard, model: ModelCard): string | null {
  return base.weights === model.weights
    ? null
    : `prompt ${task} was trained through ${base.weights} weights, this model has ${model.weights}`
}
