import type { Predictions } from './predictions.ts'

/** How often one label is there, is given, and is given where it is there. */
export interface Tally {
  readonly labelled: number
  readonly answered: number
  readonly hits: number
}

/** The tally of each label, [C]. */
export function talliesOf(predictions: Predictions): readonly Tally[] {
  const { classes } = predictions
  const [labelled, answered, hits] = [new Int32Array(classes), new Int32Array(classes), new Int32Array(classes)]
  const add = (counts: Int32Array, c: number) => {
    counts[c] = (counts[c] as number) + 1
  }
  if (predictions.several)
    predictions.labels.forEach((right, n) => {
      for (const c of right) add(labelled, c)
      for (const c of predictions.answers[n] as readonly number[]) {
        add(answered, c)
        if (right.includes(c)) add(hits, c)
      }
    })
  else
    predictions.labels.forEach((right, n) => {
      const answer = predictions.answers[n] as number
      add(labelled, right)
      add(answered, answer)
      if (answer === right) add(hits, right)
    })
  return Array.from(labelled, (count, c) => ({ labelled: count, answered: answered[c] as number, hits: hits[c] as number }))
}
