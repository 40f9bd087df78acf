import type { z } from 'zod'

/** A way to make an answer of scores: the `answer` of a prompt's card names one by its `type`, and carries what it needs. */
export interface Head<Answer extends object = object> {
  /** Raised where the same fields give other answers. */
  readonly version: number
  /** What the card's `answer` has besides `type` and `version`. */
  readonly schema: z.ZodType<Answer>
  /** What scores are divided by before they become probabilities: how sure a prompt is. */
  temperature(answer: Answer): number
  /** The probability of each label, [C], from the `scores` [C] of one text. */
  probabilities(scores: ArrayLike<number>, answer: Answer): number[]
}
