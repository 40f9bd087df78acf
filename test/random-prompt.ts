import { cardText, sha256 } from '../shared/manifest.ts'
import type { ModelCard } from '../shared/model-card.ts'
import { prefixElements } from '../shared/model-inputs.ts'
import type { PromptCard } from '../shared/prompt-card.ts'
import { labelTensor, type PromptFiles, promptTensor } from '../shared/prompt-package.ts'
import { writeSafetensors } from '../shared/safetensors.ts'

type CardFile = Exclude<keyof PromptFiles, 'prompt.json'>

export interface Wanted {
  readonly task: string
  readonly seed?: number
  /** What to write on the card in place of what fits. */
  readonly card?: Partial<PromptCard>
  /** What to write in place of a file, after its hash was taken or, with `honest`, before. */
  readonly files?: Partial<Record<CardFile, Uint8Array<ArrayBuffer>>>
  readonly honest?: boolean
}

/** A prompt package of random numbers for `model`. */
export async function randomPrompt(
  model: ModelCard,
  { task, seed = 1, card: changes = {}, files: replaced = {}, honest = true }: Wanted,
): Promise<PromptFiles> {
  const random = gaussian(seed)
  const { method = 'prompt', virtualTokens: P = 5, labels = twoLabels } = changes
  const { hidden: H } = model.sizes
  const width = method === 'prompt' ? H : prefixElements(1, model.sizes)
  const tensor = (shape: [number, number], scale: number) => ({
    shape,
    data: Float32Array.from({ length: shape[0] * shape[1] }, () => scale * random()),
  })
  const fitting: Record<CardFile, Uint8Array<ArrayBuffer>> = {
    'adapter_config.json': bytes('{}'),
    'adapter_model.safetensors': writeSafetensors({ [promptTensor]: tensor([P, width], 0.3) }),
    'labels.safetensors': writeSafetensors({ [labelTensor]: tensor([labels.length, H], 0.3) }),
  }
  const described = honest ? { ...fitting, ...replaced } : fitting
  const entries = Object.entries(described).map(async ([file, bytes]) => [file, { bytes: bytes.length, sha256: await sha256(bytes) }])
  const card: PromptCard = {
    format: 'softprompt-prompt',
    version: 1,
    task,
    method,
    virtualTokens: P,
    base: { hash: model.baseHash, name: model.name, weights: model.weights, graphVersion: model.graphVersion },
    labels,
    template: '{text} It was',
    maxTokens: 256,
    labelRows: 'learned',
    temperature: 1,
    training: { seed },
    data: {},
    metrics: {},
    selfTest: [],
    files: Object.fromEntries(await Promise.all(entries)),
    ...changes,
  }
  return { ...fitting, ...replaced, 'prompt.json': bytes(cardText(card)) }
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new TextEncoder().encode(text))
}

export const twoLabels = [
  { label: 'good', verbalizer: ' good', token: 300 },
  { label: 'bad', verbalizer: ' bad', token: 301 },
]

/** Normally distributed numbers, the same for the same seed (mulberry32, Box–Muller). */
export function gaussian(seed: number): () => number {
  let state = seed * 2654435761
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
}
