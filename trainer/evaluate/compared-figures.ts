import type { Criterion } from './better.ts'
import { bootstrapDifference } from './bootstrap.ts'
import { type Interval, pairedDifference } from './interval.ts'
import * as metrics from './metrics/table.ts'
import { type Predictions, rightRows } from './predictions.ts'

/** The figures that one may be held against another by: the higher, the better. */
const comparable = ['accuracy', 'microF1', 'macroF1', 'macroRecall'] as const satisfies readonly Criterion[]
export type ComparedFigure = (typeof comparable)[number]

/** By how much one of two does better on the same rows in a figure, with the 95 % interval of that. */
export interface Comparison<Figure extends string = ComparedFigure> extends Interval {
  readonly difference: number
  /** The figure that the difference is of. */
  readonly metric: Figure
}

/**
 * The figures that what was chosen by `criterion` is held against others by: first that criterion, then the accuracy. The loss is of no scale
 * that people know: in its place stands the accuracy or, where a text may have `several` labels, which are seldom all just right, micro-F1.
 */
export function comparedFigures(criterion: Criterion, several: boolean): readonly [ComparedFigure, ...ComparedFigure[]] {
  const figure = comparable.find((name) => name === criterion) ?? (several ? 'microF1' : 'accuracy')
  if (figure === 'accuracy') return several ? ['accuracy', 'microF1'] : ['accuracy']
  if (figure === 'microF1' && !several) return ['accuracy'] // the same
  return [figure, 'accuracy']
}

/** By how much `a`, which was chosen by `criterion`, does better than `b` on the same rows. */
export function compareFigures(a: Predictions, b: Predictions, criterion: Criterion): Comparison {
  const [metric] = comparedFigures(criterion, a.several)
  if (metric === 'accuracy') return { metric, ...pairedDifference(rightRows(a), rightRows(b)) }
  return { metric, ...bootstrapDifference(a, b, metrics[metric]) }
}
