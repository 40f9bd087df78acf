import { z } from 'zod'
import type { AnsweredAlone } from './answered-alone.ts'
import { bootstrapIntervals } from './bootstrap.ts'
import * as metrics from './metrics/table.ts'
import type { Predictions } from './predictions.ts'

const IntervalRecord = z.object({ low: z.number(), high: z.number() })

/** How well something answers examples that a prompt is measured on: a figure or two, with their 95 % intervals. */
const BaselineFigures = z.object({
  accuracy: z.number(),
  interval: IntervalRecord.optional(),
  /** Where a text may have several labels. */
  microF1: z.number().optional(),
  microF1Interval: IntervalRecord.optional(),
})
export type BaselineFigures = z.infer<typeof BaselineFigures>

/** What else answers the same examples, as it is written down: zero-shot where each has one label, the linear probe where the package has one. */
export const MeasuredBaselines = z.object({ probe: BaselineFigures.optional(), zeroShot: BaselineFigures.optional() })
export type MeasuredBaselines = z.infer<typeof MeasuredBaselines>

/** The figures of what the model alone answers. */
export function measuredBaselines({ probe, zeroShot }: AnsweredAlone): MeasuredBaselines {
  return { ...(probe !== null && { probe: figuresOf(probe) }), ...(zeroShot !== null && { zeroShot: figuresOf(zeroShot) }) }
}

function figuresOf(predictions: Predictions): BaselineFigures {
  const { accuracy, microF1 } = metrics
  if (!predictions.several) return { accuracy: accuracy.of(predictions), interval: bootstrapIntervals(predictions, { accuracy }).accuracy }
  const intervals = bootstrapIntervals(predictions, { accuracy, microF1 })
  return {
    ...{ accuracy: accuracy.of(predictions), interval: intervals.accuracy },
    ...{ microF1: microF1.of(predictions), microF1Interval: intervals.microF1 },
  }
}
