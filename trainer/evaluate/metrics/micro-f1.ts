import { talliesOf } from '../tallies.ts'
import type { Metric } from './metric.ts'

/** F1 of the hits, labels and answers of all labels together. Where each row has one label and gets one answer, that is the accuracy. */
export const microF1: Metric = {
  label: 'micro-F1',
  better: 'higher',
  criterion: true,
  brief: false,
  interval: true,
  of(predictions) {
    let [hits, counted] = [0, 0]
    for (const tally of talliesOf(predictions)) {
      hits += tally.hits
      counted += tally.labelled + tally.answered
    }
    return counted === 0 ? 1 : (2 * hits) / counted // no label is there, and none is given
  },
}
