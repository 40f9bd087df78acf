import type { Predictions } from './predictions.ts'
import type { RightAnswer } from './right-answers.ts'

/** Where the answer is so much likelier than the label, people are told that the label may be wrong. */
export const suspicion = 0.5

/** A row whose label the prompt speaks against. */
export interface SuspectedLabel {
  /** Its place among the rows. */
  readonly row: number
  /** What it has, and what is likelier. */
  readonly label: RightAnswer
  readonly answer: RightAnswer
  /** The probabilities of the two. */
  readonly ofLabel: number
  readonly ofAnswer: number
}

/**
 * The rows most likely mislabelled, at most `most`: those that are answered otherwise, by how much likelier the answer is than the label, the
 * surest first (Northcutt et al. 2021, ranking by margin). Of several labels a row the probability is that of just these: the product over all
 * labels. Rows that were learned from are found where the prompt has not learned them by heart.
 */
export function suspectedLabels(predictions: Predictions, most = Number.POSITIVE_INFINITY): SuspectedLabel[] {
  const { probabilities } = predictions
  const suspected = probabilities.flatMap((row, place): SuspectedLabel[] => {
    const [label, answer] = [predictions.labels[place], predictions.answers[place]] as [RightAnswer, RightAnswer]
    if (String(answer) === String(label)) return []
    return [{ row: place, label, answer, ofLabel: probabilityOf(label, row), ofAnswer: probabilityOf(answer, row) }]
  })
  const margin = ({ ofLabel, ofAnswer }: SuspectedLabel) => ofAnswer - ofLabel
  return suspected.sort((a, b) => margin(b) - margin(a) || a.row - b.row).slice(0, most)
}

function probabilityOf(answer: RightAnswer, row: ArrayLike<number>): number {
  if (typeof answer === 'number') return row[answer] as number
  const there = new Set(answer)
  return Array.from(row).reduce((product, probability, c) => product * (there.has(c) ? probability : 1 - probability), 1)
}
