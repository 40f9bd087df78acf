import { macroMean } from '../label-figures.ts'
import { talliesOf } from '../tallies.ts'
import type { Metric } from './metric.ts'

/** The mean of 2 · precision · recall / (precision + recall) over the labels that occur, in the data or among the answers. */
export const macroF1: Metric = {
  label: 'macro-F1',
  better: 'higher',
  criterion: true,
  brief: true,
  interval: true,
  of: (predictions) => macroMean(talliesOf(predictions), 'f1'),
}
