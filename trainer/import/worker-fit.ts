import { maxBytes } from '../../shared/formats/limits.ts'
import { type ModelCard, modelBytes } from '../../shared/formats/model-card.ts'
import { readableBytes } from '../disk/readable-bytes.ts'

/** The weight format that takes the least room. */
const smallest = 'int8'

/** Why a model does not fit a Worker, and what to do; null where it does. */
export function tooLargeForWorker(card: ModelCard): string | null {
  const bytes = modelBytes(card)
  if (bytes <= maxBytes.model) return null
  const elsewhere = 'take a smaller model, or answer it from another machine with softprompt serve'
  const smaller = card.weights === smallest ? elsewhere : `import it with --weights ${smallest}, ${elsewhere}`
  return `it has ${readableBytes(bytes)}, and a Worker's memory holds ${readableBytes(maxBytes.model)} of a model: ${smaller}`
}
