import type { Criterion } from './better.ts'
import { bootstrapDifference } from './bootstrap.ts'
import { type Interval, pairedDifference } from './interval.ts'
import * as metrics from './metrics/table.ts'
import { type Predictions, rightRows } from './predictions.ts'

/** By how much one of two does better on the same rows, with the 95 % interval of that. */
export interface Comparison extends Interval {
  readonly difference: number
  /** The figure that the difference is of; `answeredRightly` is the share of the texts that get an answer which is right. */
  readonly metric: Criterion | 'answeredRightly'
}

/**
 * By how much `a` does better than `b` on the same rows, in the figure that the better of them is chosen by. Where that is the loss, which has
 * no scale that people know, it is in accuracy or, where a text may have several labels, which are seldom all just right, in micro-F1.
 */
export function compareFigures(a: Predictions, b: Predictions, chosenBy: Criterion): Comparison {
  const metric = chosenBy === 'loss' ? (a.several ? 'microF1' : 'accuracy') : chosenBy
  if (metric === 'accuracy') return { metric, ...pairedDifference(rightRows(a), rightRows(b)) }
  return { metric, ...bootstrapDifference(a, b, metrics[metric]) }
}
