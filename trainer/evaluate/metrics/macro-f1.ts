import { answerCounts, labelCounts } from '../confusion-matrix.ts'
import type { Metric } from './metric.ts'

/** The mean of 2 · precision · recall / (precision + recall) over the labels that occur, in the data or among the answers. */
export const macroF1: Metric = {
  label: 'macro-F1',
  better: 'higher',
  criterion: null,
  of({ confusion }) {
    const [labelled, answered] = [labelCounts(confusion), answerCounts(confusion)]
    const f1 = confusion.flatMap((row, c) => {
      const mentions = (labelled[c] as number) + (answered[c] as number)
      return mentions === 0 ? [] : [(2 * (row[c] as number)) / mentions]
    })
    return f1.reduce((a, b) => a + b, 0) / f1.length
  },
}
