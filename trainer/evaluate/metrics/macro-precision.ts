import { macroMean } from '../label-figures.ts'
import { talliesOf } from '../tallies.ts'
import type { Metric } from './metric.ts'

/** The mean precision over the labels that occur, in the data or among the answers: 0 for one that is never answered. */
export const macroPrecision: Metric = {
  label: 'macro precision',
  better: 'higher',
  criterion: false,
  brief: false,
  interval: true,
  of: (predictions) => macroMean(talliesOf(predictions), 'precision'),
}
