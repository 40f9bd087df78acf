import { type FloatTensor, float32 } from '../../../shared/tensor.ts'
import { shuffled } from '../../random.ts'
import type { InitializerInput } from './initializer.ts'

/** Byte-level BPE numbers its merges by frequency, so the lowest ids are the most frequent tokens; Lester et al. sample from 5,000. */
const frequentIds = 5000

/** The ids of the model's frequent tokens, each once, in random order. */
export function frequentTokens({ model, random }: Pick<InitializerInput, 'model' | 'random'>): number[] {
  const count = Math.min(frequentIds, model.card.sizes.vocabulary)
  return shuffled(
    Array.from({ length: count }, (_, id) => id),
    random,
  )
}

/** The input embeddings of the first P of `ids`, from the front again where there are fewer: [P, H]. */
export function tokenRows(
  ids: readonly number[],
  { model, virtualTokens: P }: Pick<InitializerInput, 'model' | 'virtualTokens'>,
): FloatTensor {
  const repeated = Array.from({ length: P }, (_, p) => ids[p % ids.length] as number)
  return float32([P, model.card.sizes.hidden], model.inputRows(repeated))
}
