import { maxBytes } from '../../shared/formats/limits.ts'
import { type ModelCard, modelBytes } from '../../shared/formats/model-card.ts'
import { readableBytes } from '../disk/readable-bytes.ts'

/** The weight format that takes the least room. */
const smallest = 'int8'

/** Why a model does not fit a Worker, and what to do; null where it does. */
export function tooLargeForWorker(card: ModelCard): string | null {
  const bytes = modelBytes(card)
  if (bytes <= maxBytes.model) return null
  const smaller = card.weights === smallest ? 'take a smaller model' : `import it with --weights ${smallest}, or take a smaller model`
  return `it has ${readableBytes(bytes)}, and a Worker's memory holds ${readableBytes(maxBytes.model)} of a model: ${smaller}`
}
