import type { ConfusionMatrix } from '../confusion-matrix.ts'

/** What a prompt gave for N texts, and what was right. */
interface Predictions {
  /** Of each label, [N, C]. */
  readonly probabilities: readonly ArrayLike<number>[]
  /** [N] */
  readonly labels: readonly number[]
  /** That of the largest scores against `labels`. */
  readonly confusion: ConfusionMatrix
}

/** A figure of how well predictions fit their labels. */
export interface Metric {
  /** Its name for people. */
  readonly label: string
  /** Which of two values is the better one. */
  readonly better: 'higher' | 'lower'
  /** Its place among what the best step is chosen by: 1 comes first, the next where those before are equal. Null: not chosen by. */
  readonly criterion: number | null
  of(predictions: Predictions): number
}
