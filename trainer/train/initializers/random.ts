import { float32 } from '../../../shared/tensor.ts'
import type { PromptInitializer } from './initializer.ts'
import { frequentTokens } from './token-rows.ts'

/** So many embeddings tell how far they spread. */
const sampled = 256

/** Uniform numbers that spread as the embeddings of frequent tokens do. */
export const random: PromptInitializer = {
  takesText: false,
  table(input) {
    const { model, virtualTokens: P } = input
    const H = model.card.sizes.hidden
    const scale = rootMeanSquare(model.inputRows(frequentTokens(input).slice(0, sampled)))
    // uniform within ±√3 · scale: the root mean square is scale
    const values = Float32Array.from({ length: P * H }, () => (2 * input.random() - 1) * Math.sqrt(3) * scale)
    return float32([P, H], values)
  },
}

function rootMeanSquare(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length)
}
