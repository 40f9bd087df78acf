import { z } from 'zod'
import type { AnsweredAlone } from './answered-alone.ts'
import { bootstrapIntervals } from './bootstrap.ts'
import type { ComparedFigure } from './compared-figures.ts'
import * as metrics from './metrics/table.ts'
import type { Predictions } from './predictions.ts'

const IntervalRecord = z.object({ low: z.number(), high: z.number() })

/** How well something answers examples that a prompt is measured on: a few figures, with their 95 % intervals. */
const BaselineFigures = z.object({
  accuracy: z.number(),
  interval: IntervalRecord.optional(),
  /** The others are there where prompt and baseline are held against each other by them. */
  microF1: z.number().optional(),
  microF1Interval: IntervalRecord.optional(),
  macroF1: z.number().optional(),
  macroF1Interval: IntervalRecord.optional(),
  macroRecall: z.number().optional(),
  macroRecallInterval: IntervalRecord.optional(),
})
export type BaselineFigures = z.infer<typeof BaselineFigures>

/** What else answers the same examples, as it is written down: zero-shot where each has one label, the linear probe where the package has one. */
export const MeasuredBaselines = z.object({ probe: BaselineFigures.optional(), zeroShot: BaselineFigures.optional() })
export type MeasuredBaselines = z.infer<typeof MeasuredBaselines>

/** The figures of what the model alone answers: the accuracy and those of `compared`. */
export function measuredBaselines({ probe, zeroShot }: AnsweredAlone, compared: readonly ComparedFigure[]): MeasuredBaselines {
  const figures = (predictions: Predictions) => figuresOf(predictions, new Set(['accuracy', ...compared]))
  return { ...(probe !== null && { probe: figures(probe) }), ...(zeroShot !== null && { zeroShot: figures(zeroShot) }) }
}

/** Where a figure's interval stands. */
export function intervalName<Figure extends ComparedFigure>(figure: Figure) {
  return (figure === 'accuracy' ? 'interval' : `${figure}Interval`) as Figure extends 'accuracy'
    ? 'interval'
    : `${Exclude<Figure, 'accuracy'>}Interval`
}

function figuresOf(predictions: Predictions, figures: ReadonlySet<ComparedFigure>): BaselineFigures {
  const intervals = bootstrapIntervals(predictions, Object.fromEntries([...figures].map((figure) => [figure, metrics[figure]])))
  return BaselineFigures.parse(
    Object.fromEntries(
      [...figures].flatMap((figure) => [
        [figure, metrics[figure].of(predictions)],
        [intervalName(figure), intervals[figure]],
      ]),
    ),
  )
}
