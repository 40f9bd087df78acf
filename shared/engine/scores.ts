import { SoftPromptError } from '../error.ts'
import type { LabelHead } from '../formats/prompt-package.ts'

/** Throws `invalid_prompt` where a prompt, named by `which`, drives the model to scores that are not finite numbers. */
export function requireFinite(scores: Float64Array, which: string): void {
  const wrong = scores.find((score) => !Number.isFinite(score))
  if (wrong === undefined) return
  throw new SoftPromptError(
    'invalid_prompt',
    `Cannot answer with ${which}: it gives a score of ${wrong}. Its values are too large; train it again.`,
  )
}

/** The score of each label: `hidden` [H] · label rows [C, H] + bias [C] → [C], before the temperature. */
export function labelScores(hidden: Float32Array, { labelRows, bias }: LabelHead): Float64Array {
  const H = hidden.length
  const scores = new Float64Array(bias.length)
  for (let c = 0; c < scores.length; c++) {
    let sum = 0
    for (let h = 0; h < H; h++) sum += (hidden[h] as number) * (labelRows[c * H + h] as number)
    scores[c] = sum + (bias[c] as number)
  }
  return scores
}

/** softmax(scores / temperature), [C]. */
export function softmax(scores: ArrayLike<number>, temperature = 1): number[] {
  const largest = Math.max(...Array.from(scores))
  const exponentials = Array.from(scores, (score) => Math.exp((score - largest) / temperature))
  const sum = exponentials.reduce((a, b) => a + b, 0)
  return exponentials.map((value) => value / sum)
}

/** 1 / (1 + exp(−score)) */
export function sigmoid(score: number): number {
  if (score >= 0) return 1 / (1 + Math.exp(-score))
  const exponential = Math.exp(score) // exp(−score) would be infinite
  return exponential / (1 + exponential)
}

/** The index of the largest; the first of equals. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0
  for (let i = 1; i < values.length; i++) if ((values[i] as number) > (values[best] as number)) best = i
  return best
}
