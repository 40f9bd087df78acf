import { answerCounts, labelCounts } from '../confusion-matrix.ts'
import type { Metric } from './metric.ts'

/** F1 of the hits, labels and answers of all labels together. Where each row has one label and gets one answer, that is the accuracy. */
export const microF1: Metric = {
  label: 'micro-F1',
  better: 'higher',
  criterion: null,
  brief: false,
  interval: true,
  of({ confusion }) {
    const total = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0)
    return (2 * total(confusion.map((row, c) => row[c] as number))) / (total(labelCounts(confusion)) + total(answerCounts(confusion)))
  },
}
