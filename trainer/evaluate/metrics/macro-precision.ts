import { macroMean } from '../label-figures.ts'
import type { Metric } from './metric.ts'

/** The mean precision over the labels that occur, in the data or among the answers: 0 for one that is never answered. */
export const macroPrecision: Metric = {
  label: 'macro precision',
  better: 'higher',
  criterion: null,
  brief: false,
  interval: true,
  of: ({ confusion }) => macroMean(confusion, 'precision'),
}
