import { argmax } from '../../shared/engine/scores.ts'

/** A row whose label the prompt speaks against. */
export interface SuspectedLabel {
  /** Its place among the rows. */
  readonly row: number
  /** The indexes of the label that it has and of the one that is likelier. */
  readonly label: number
  readonly answer: number
  /** The probabilities of the two. */
  readonly ofLabel: number
  readonly ofAnswer: number
}

/**
 * The rows most likely mislabelled, at most `most`: those that are answered otherwise, by how much likelier the answer is than the label, the
 * surest first (Northcutt et al. 2021, ranking by margin). `probabilities` [N, C], `labels` [N]. Rows that were learned from are
 * found where the prompt has not learned them by heart.
 */
export function suspectedLabels(
  probabilities: readonly ArrayLike<number>[],
  labels: readonly number[],
  most = Number.POSITIVE_INFINITY,
): SuspectedLabel[] {
  const suspected = probabilities.flatMap((row, place): SuspectedLabel[] => {
    const [label, answer] = [labels[place] as number, argmax(row)]
    if (answer === label) return []
    return [{ row: place, label, answer, ofLabel: row[label] as number, ofAnswer: row[answer] as number }]
  })
  const margin = ({ ofLabel, ofAnswer }: SuspectedLabel) => ofAnswer - ofLabel
  return suspected.sort((a, b) => margin(b) - margin(a) || a.row - b.row).slice(0, most)
}
