import type { z } from 'zod'

/** A way to make an answer of scores: the `answer` of a prompt's card names one by its `type`, and carries what it needs. */
export interface Head<Answer extends object = object> {
  /** Those that are read here. Another is made where a field is added, or the same fields give other answers. */
  readonly versions: readonly number[]
  /** What the card's `answer` has besides `type`. */
  readonly schema: z.ZodType<Answer>
  /** Whether a text may have several labels. */
  readonly several: boolean
  /** What scores are divided by before they become probabilities: how sure a prompt is. */
  temperature(answer: Answer): number
  /** The least probability with which each label is given, [C]: null for one that never is. Undefined where all are given at any. */
  thresholds(answer: Answer): Thresholds | undefined
  /** The probability of each label, [C], from the `scores` [C] of one text. */
  probabilities(scores: ArrayLike<number>, answer: Answer): number[]
}

export type Thresholds = readonly (number | null)[]
