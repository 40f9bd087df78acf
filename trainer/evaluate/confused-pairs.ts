import type { ConfusionMatrix } from './confusion-matrix.ts'

/** Rows of one label that got the answer of another: their numbers, and how many. */
export interface ConfusedPair {
  readonly label: number
  readonly answer: number
  readonly examples: number
}

/** What is taken for what, the most frequent first. */
export function confusedPairs(confusion: ConfusionMatrix): ConfusedPair[] {
  return confusion
    .flatMap((row, label) => row.map((examples, answer) => ({ label, answer, examples })))
    .filter(({ label, answer, examples }) => label !== answer && examples > 0)
    .sort((a, b) => b.examples - a.examples)
}
