import type { Tally } from './tallies.ts'

/** How well one label is told from the others. A figure is null where it would divide by nothing. */
export interface LabelFigures {
  /** The share of the rows with this answer that have the label; null where it is never answered. */
  readonly precision: number | null
  /** The share of the rows with this label that got the answer; null where no row has it. */
  readonly recall: number | null
  /** 2 · precision · recall / (precision + recall); null where the label neither occurs nor is answered. */
  readonly f1: number | null
  /** The rows with this label. */
  readonly support: number
}

/** The figures of each label, [C]. */
export function labelFigures(tallies: readonly Tally[]): LabelFigures[] {
  return tallies.map(({ hits, labelled, answered }) => ({
    precision: share(hits, answered),
    recall: share(hits, labelled),
    f1: share(2 * hits, labelled + answered),
    support: labelled,
  }))
}

/** The mean of a figure over the labels that occur, in the data or among the answers; one that is null counts as 0. */
export function macroMean(tallies: readonly Tally[], figure: 'precision' | 'recall' | 'f1'): number {
  const mentioned = labelFigures(tallies).filter(({ f1 }) => f1 !== null)
  if (mentioned.length === 0) return 1 // no label is there, and none is given
  return mentioned.reduce((sum, figures) => sum + (figures[figure] ?? 0), 0) / mentioned.length
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}
