import { z } from 'zod'
import { namesOf } from '../../shared/names-of.ts'
import { bootstrapIntervals } from './bootstrap.ts'
import { calibrationBins } from './calibration-bins.ts'
import { labelFigures } from './label-figures.ts'
import type { Metric } from './metrics/metric.ts'
import * as table from './metrics/table.ts'
import { metricValues } from './metrics.ts'
import type { Predictions } from './predictions.ts'

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
    /** [C, C]: how many rows of each label (down) got each answer (across). */
    confusion: z.array(z.array(count)),
    /** The rows by the probability of their answers: their mean, and the share that is right. */
    calibration: z.array(z.object({ from: share, to: share, examples: count, confidence: share.nullable(), accuracy: share.nullable() })),
  })
  .refine(
    ({ labels: { length: C }, byLabel, confusion }) => [byLabel, confusion, ...confusion].every(({ length }) => length === C),
    'must have as many entries in byLabel, and rows and columns in confusion, as labels',
  )

export type EvaluationRecord = z.infer<typeof EvaluationRecord>

const metrics: Readonly<Record<string, Metric>> = table
const resampled = Object.fromEntries(namesOf(table).flatMap((name) => (metrics[name]?.interval ? [[name, table[name]] as const] : [])))

/** Everything of what was answered. `labels` [C] are the names of the labels. */
export function evaluationOf(predictions: Predictions, labels: readonly string[]): EvaluationRecord {
  const { confusion } = predictions
  return {
    examples: predictions.labels.length,
    labels: [...labels],
    metrics: metricValues(predictions),
    intervals: bootstrapIntervals(predictions, resampled),
    byLabel: labelFigures(confusion).map((figures, c) => ({ label: labels[c] as string, ...figures })),
    confusion: confusion.map((row) => [...row]),
    calibration: calibrationBins(predictions),
  }
}
