import { SoftPromptError } from '../error.ts'
import type { WeightFormat } from '../formats/model-card.ts'
import type { PromptCard } from '../formats/prompt-card.ts'
import { softmax } from './scores.ts'

/** How far a probability may be from the trainer's, between two runtimes that both work. */
const tolerance: Record<WeightFormat, number> = { int8: 0.01, float32: 0.001 }
/** Farther off than this the prompt is not the one that was evaluated, whatever the reason. */
const refusal = 0.1

/** A text of a card's self-test: what the trainer saw, and what is answered here. */
export interface TestedText {
  /** [C], before the temperature. */
  readonly scores: readonly number[]
  /** [C] */
  readonly probabilities: readonly number[]
}

/**
 * A warning where the prompt of `card` answers otherwise than the rounding of a model's `weights` explains, or null. Throws
 * `invalid_prompt` where it is off so far that its answers can't be trusted.
 */
export function judgeSelfTest(
  { task, base, temperature }: PromptCard,
  tested: readonly TestedText[],
  weights: WeightFormat,
): string | null {
  const differences = tested.flatMap(({ scores, probabilities }) =>
    softmax(scores, temperature).map((wanted, label) => Math.abs(wanted - (probabilities[label] ?? Number.NaN))),
  )
  const difference = Math.max(0, ...differences)
  if (difference <= tolerance[weights]) return null
  const off = `its probabilities are up to ${difference.toFixed(4)} from those its trainer saw through ${base.weights} weights, graph version ${base.graphVersion}`
  if (difference <= refusal) return `prompt ${task} answers otherwise than in training: ${off}`
  throw new SoftPromptError(
    'invalid_prompt',
    `Cannot use prompt ${task}: ${off}, and at most ${refusal} is served. Train it again for this model.`,
  )
}
