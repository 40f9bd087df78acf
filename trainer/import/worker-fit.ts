import { maxBytes } from '../../shared/formats/limits.ts'
import { type ModelCard, modelBytes } from '../../shared/formats/model-card.ts'
import { readableBytes } from '../disk/readable-bytes.ts'
import { requireWeightFormat } from './weights/require-weight-format.ts'

/** The weight format that takes the least room in a Worker. */
const smallest = 'int8'

/** Whether a package's weights are in a format that a Worker computes with, whatever their size. */
export function forWorker({ name, weights }: Pick<ModelCard, 'name' | 'weights'>): boolean {
  return requireWeightFormat(weights, `Cannot use model ${name}`).forWorker
}

/** Why a model that a Worker is to serve does not fit it, and what to do; null where it does, or is not for a Worker. */
export function tooLargeForWorker(card: ModelCard): string | null {
  const bytes = modelBytes(card)
  if (bytes <= maxBytes.model || !forWorker(card)) return null
  const elsewhere = 'take a smaller model, or answer it from another machine with softprompt serve'
  const smaller = card.weights === smallest ? elsewhere : `import it with --weights ${smallest}, ${elsewhere}`
  return `it has ${readableBytes(bytes)}, and a Worker's memory holds ${readableBytes(maxBytes.model)} of a model: ${smaller}`
}

/** The largest package that a page takes: it holds the weights in one buffer. */
const maxPageBytes = 2 ** 31

/** Where a package can be run, for people. Node takes any. */
export function placesFor(card: ModelCard): string[] {
  const isolate = forWorker(card) && tooLargeForWorker(card) === null ? ['a Worker'] : []
  const device = forWorker(card) ? 'WASM' : 'WebGPU'
  return [...isolate, ...(modelBytes(card) < maxPageBytes ? [`a browser (${device})`] : []), 'Node']
}
