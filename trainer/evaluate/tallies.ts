import { answerCounts, labelCounts } from './confusion-matrix.ts'
import type { Predictions } from './predictions.ts'

/** How often one label is there, is given, and is given where it is there. */
export interface Tally {
  readonly labelled: number
  readonly answered: number
  readonly hits: number
}

/** The tally of each label, [C]. */
export function talliesOf(predictions: Predictions): readonly Tally[] {
  if (predictions.several) return countSets(predictions)
  const { confusion } = predictions
  const [labelled, answered] = [labelCounts(confusion), answerCounts(confusion)]
  return confusion.map((row, c) => ({ labelled: labelled[c] as number, answered: answered[c] as number, hits: row[c] as number }))
}

function countSets({ answers, labels, classes }: Extract<Predictions, { several: true }>): Tally[] {
  const [labelled, answered, hits] = [new Int32Array(classes), new Int32Array(classes), new Int32Array(classes)]
  const add = (counts: Int32Array, c: number) => {
    counts[c] = (counts[c] as number) + 1
  }
  labels.forEach((right, n) => {
    for (const c of right) add(labelled, c)
    for (const c of answers[n] as readonly number[]) {
      add(answered, c)
      if (right.includes(c)) add(hits, c)
    }
  })
  return Array.from(labelled, (count, c) => ({ labelled: count, answered: answered[c] as number, hits: hits[c] as number }))
}
