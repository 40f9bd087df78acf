import { type ConfusionMatrix, labelCounts } from './confusion-matrix.ts'

/** Two labels of which one is answered where the other is right. */
export interface ConfusedPair {
  /** The two labels' indexes: the one that is taken for the other more often first. */
  readonly labels: readonly [number, number]
  /** How many rows of the first are answered with the second, and of the second with the first. */
  readonly rows: readonly [number, number]
  /** These rows as a share of all rows of the two. */
  readonly share: number
}

/** The pairs of labels that are confused, at most `most`: those with most rows first, of as many those with the larger share. */
export function confusedPairs(confusion: ConfusionMatrix, most = Number.POSITIVE_INFINITY): ConfusedPair[] {
  const counts = labelCounts(confusion)
  const at = (label: number, answer: number) => confusion[label]?.[answer] ?? 0
  const pairs = counts.flatMap((ofA, a) =>
    counts.slice(0, a).flatMap((ofB, b): ConfusedPair[] => {
      const [first, second] = at(a, b) > at(b, a) ? [a, b] : [b, a]
      const rows = [at(first, second), at(second, first)] as const
      const total = rows[0] + rows[1]
      return total === 0 ? [] : [{ labels: [first, second], rows, share: total / (ofA + ofB) }]
    }),
  )
  const total = ({ rows }: ConfusedPair) => rows[0] + rows[1]
  return pairs.sort((a, b) => total(b) - total(a) || b.share - a.share || a.labels[0] - b.labels[0]).slice(0, most)
}
