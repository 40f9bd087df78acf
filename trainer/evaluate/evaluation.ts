import { z } from 'zod'
import type { Thresholds } from '../../shared/engine/heads/head.ts'
import { namesOf } from '../../shared/names-of.ts'
import { bootstrapIntervals } from './bootstrap.ts'
import { calibrationBins } from './calibration-bins.ts'
import { abstainingOf } from './choose-thresholds.ts'
import { shareInterval } from './interval.ts'
import { labelFigures } from './label-figures.ts'
import type { Metric } from './metrics/metric.ts'
import * as table from './metrics/table.ts'
import { metricValues } from './metrics.ts'
import { mistakesOf } from './mistakes.ts'
import { type OneLabel, type Predictions, rightRows } from './predictions.ts'
import { riskCoverage } from './risk-coverage.ts'
import { talliesOf } from './tallies.ts'

const share = z.number().min(0).max(1)
const count = z.int().nonnegative()

/** How well answers fit examples: all that is said of it, as it is written down and read back. C labels. */
export const EvaluationRecord = z
  .object({
    /** N */
    examples: z.int().positive(),
    /** [C], in the order of all that follows. */
    labels: z.array(z.string()).min(1),
    /** By their names in metrics/table.ts. One that was written down by another version may lack some, or have others. */
    metrics: z.record(z.string(), z.number()),
    /** The 95 % intervals of those for which drawing rows anew tells one. */
    intervals: z.record(z.string(), z.object({ low: z.number(), high: z.number() })),
    /** [C]. A figure is null where it would divide by nothing. */
    byLabel: z.array(
      z.object({ label: z.string(), precision: share.nullable(), recall: share.nullable(), f1: share.nullable(), support: count }),
    ),
    /** [C, C]: how many rows of each label (down) got each answer (across). Null where texts may have several labels. */
    confusion: z.array(z.array(count)).nullable(),
    /** Where an answer may be withheld, or given beside others: from which probability on each label is given, [C]; null for never. */
    thresholds: z.array(share.nullable()).optional(),
    /** Where an answer may be withheld: the share of the rows that get one, and how much of that is right; null where none is given. */
    abstaining: z.object({ coverage: share, accuracy: share.nullable() }).optional(),
    /** The rows by the probability of their answers: their mean, and the share that is right. Of several labels, each label of each row. */
    calibration: z.array(z.object({ from: share, to: share, examples: count, confidence: share.nullable(), accuracy: share.nullable() })),
    /** What answering only from a confidence on comes to, the surest answers first. Not of several labels a text, nor in what earlier versions wrote. */
    riskCoverage: z.object({ points: z.array(z.object({ threshold: share, coverage: share, risk: share })), area: share }).optional(),
    /** Of what was answered wrong, the surest first. Where the texts are not known, or an earlier version wrote it, it is not there. */
    mistakes: z.array(z.object({ text: z.string(), label: z.string(), answer: z.string(), ofLabel: share, ofAnswer: share })).optional(),
  })
  .refine(
    ({ labels: { length: C }, byLabel, confusion }) =>
      [byLabel, ...(confusion === null ? [] : [confusion, ...confusion])].every(({ length }) => length === C),
    'must have as many entries in byLabel, and rows and columns in confusion, as labels',
  )

export type EvaluationRecord = z.infer<typeof EvaluationRecord>

const metrics: Readonly<Record<string, Metric>> = table
const resampled = Object.fromEntries(namesOf(table).flatMap((name) => (metrics[name]?.interval ? [[name, table[name]] as const] : [])))

interface Evaluating {
  /** What was answered, [N]: without it no mistake is shown. */
  readonly texts?: readonly string[]
  /** Whether rows are drawn anew for the intervals. That takes seconds where labels are many; else the accuracy alone has one, Wilson's. */
  readonly drawn?: boolean
}

/** Everything of what was answered. `labels` [C] are the names of the labels, `thresholds` [C] those of the prompt, where it has some that are known. */
export function evaluationOf(
  predictions: Predictions,
  labels: readonly string[],
  thresholds?: Thresholds,
  { texts, drawn = true }: Evaluating = {},
): EvaluationRecord {
  const N = predictions.labels.length
  const values = metricValues(predictions)
  return {
    examples: N,
    labels: [...labels],
    metrics: values,
    intervals: drawn ? bootstrapIntervals(predictions, resampled) : { accuracy: shareInterval(values.accuracy, N) },
    byLabel: labelFigures(talliesOf(predictions)).map((figures, c) => ({ label: labels[c] as string, ...figures })),
    confusion: predictions.several ? null : predictions.confusion.map((row) => [...row]),
    ...(thresholds !== undefined && { thresholds: [...thresholds] }),
    ...(!predictions.several && predictions.withheld !== null && { abstaining: abstainingOf(predictions) }),
    calibration: calibrationBins(predictions),
    ...(predictions.several ? {} : { riskCoverage: riskCoverage(confidencesOf(predictions), rightRows(predictions)) }),
    ...(texts === undefined ? {} : { mistakes: mistakesOf(predictions, labels, texts) }),
  }
}

/** The probability of each answer, [N]. */
function confidencesOf({ answers, probabilities }: OneLabel): number[] {
  return answers.map((answer, n) => probabilities[n]?.[answer] as number)
}
