import { namesOf } from '../../shared/names-of.ts'
import type { ConfusionMatrix } from './confusion-matrix.ts'
import * as metrics from './metrics/table.ts'
import { type Predictions, predictionsOf } from './predictions.ts'

/** The value of every metric, by its name in the table. */
export type MetricValues = Readonly<Record<keyof typeof metrics, number>>

/** How well scores fit their labels. */
export interface Metrics extends MetricValues {
  readonly confusion: ConfusionMatrix
}

/** The metrics of `scores` [N, C] against `labels` [N]. `probabilities` is how the prompt answers: scores [C] → [C]. */
export function metricsOf(
  scores: readonly ArrayLike<number>[],
  labels: readonly number[],
  classes: number,
  probabilities?: (scores: ArrayLike<number>) => number[],
): Metrics {
  const predictions = predictionsOf(scores, labels, classes, probabilities)
  return { ...metricValues(predictions), confusion: predictions.confusion }
}

/** Every metric of what was answered. */
export function metricValues(predictions: Predictions): MetricValues {
  return Object.fromEntries(namesOf(metrics).map((name) => [name, metrics[name].of(predictions)])) as MetricValues
}
