import { namesOf } from '../../shared/names-of.ts'
import type { ConfusionMatrix } from './confusion-matrix.ts'
import * as metrics from './metrics/table.ts'
import { type AnswerReading, type Predictions, predictionsOf } from './predictions.ts'
import type { RightAnswer } from './right-answers.ts'
import { type Tally, talliesOf } from './tallies.ts'

/** The value of every metric, by its name in the table. */
export type MetricValues = Readonly<Record<keyof typeof metrics, number>>

/** How well scores fit their labels. */
export interface Metrics extends MetricValues {
  /** N */
  readonly rows: number
  /** Null where texts may have several labels. */
  readonly confusion: ConfusionMatrix | null
  /** Of each label, [C]. */
  readonly tallies: readonly Tally[]
}

/** The metrics of `scores` [N, C] against what is `right` [N]. `reading` is how the prompt answers. */
export function metricsOf(
  scores: readonly ArrayLike<number>[],
  right: readonly RightAnswer[],
  classes: number,
  reading?: AnswerReading,
): Metrics {
  return metricsOfPredictions(predictionsOf(scores, right, classes, reading))
}

/** The metrics of what was answered, with what they are counted from. */
export function metricsOfPredictions(predictions: Predictions): Metrics {
  const confusion = predictions.several ? null : predictions.confusion
  return { ...metricValues(predictions), rows: predictions.labels.length, confusion, tallies: talliesOf(predictions) }
}

/** The metrics alone. */
export function valuesOf({ rows: _, confusion: __, tallies: ___, ...values }: Metrics): MetricValues {
  return values
}

/** Every metric of what was answered. */
export function metricValues(predictions: Predictions): MetricValues {
  return Object.fromEntries(namesOf(metrics).map((name) => [name, metrics[name].of(predictions)])) as MetricValues
}
