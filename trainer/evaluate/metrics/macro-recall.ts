import { macroMean } from '../label-figures.ts'
import { talliesOf } from '../tallies.ts'
import type { Metric } from './metric.ts'

/** The mean recall over the labels that occur, in the data or among the answers: 0 for one that no row has. */
export const macroRecall: Metric = {
  label: 'macro recall',
  better: 'higher',
  criterion: true,
  brief: false,
  interval: true,
  of: (predictions) => macroMean(talliesOf(predictions), 'recall'),
}
