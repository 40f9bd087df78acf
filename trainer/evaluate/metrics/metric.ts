import type { ConfusionMatrix } from '../confusion-matrix.ts'

/** What a prompt gave for N texts, and what was right. */
interface Predictions {
  /** [N, C] */
  readonly scores: readonly ArrayLike<number>[]
  /** [N] */
  readonly labels: readonly number[]
  /** Scores are divided by it before the softmax. */
  readonly temperature: number
  /** That of `scores` against `labels`. */
  readonly confusion: ConfusionMatrix
}

/** A figure of how well predictions fit their labels. */
export interface Metric {
  /** Its name for people. */
  readonly label: string
  /** Which of two values is the better one. */
  readonly better: 'higher' | 'lower'
  of(predictions: Predictions): number
}
