import { bootstrapDifference } from './bootstrap.ts'
import { type Interval, pairedDifference } from './interval.ts'
import { microF1 } from './metrics/micro-f1.ts'
import { type Predictions, rightRows } from './predictions.ts'

/** By how much one of two does better on the same rows, with the 95 % interval of that. */
export interface Comparison extends Interval {
  readonly difference: number
  /** The figure that the difference is of; `answeredRightly` is the share of the texts that get an answer which is right. */
  readonly metric: 'accuracy' | 'microF1' | 'answeredRightly'
}

/**
 * By how much `a` does better than `b` on the same rows: in accuracy or, where a text may have several labels, which are seldom all just right,
 * in micro-F1.
 */
export function compareFigures(a: Predictions, b: Predictions): Comparison {
  if (a.several) return { metric: 'microF1', ...bootstrapDifference(a, b, microF1) }
  return { metric: 'accuracy', ...pairedDifference(rightRows(a), rightRows(b)) }
}
