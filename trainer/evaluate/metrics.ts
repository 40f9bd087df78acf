import { softmax } from '../../shared/engine/scores.ts'
import { namesOf } from '../../shared/names-of.ts'
import { type ConfusionMatrix, confusionMatrix } from './confusion-matrix.ts'
import * as metrics from './metrics/table.ts'

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
  probabilities: (scores: ArrayLike<number>) => number[] = softmax,
): Metrics {
  const confusion = confusionMatrix(scores, labels, classes)
  const predictions = { probabilities: scores.map((row) => probabilities(row)), labels, confusion }
  const values = namesOf(metrics).map((name) => [name, metrics[name].of(predictions)])
  return { ...(Object.fromEntries(values) as MetricValues), confusion }
}
