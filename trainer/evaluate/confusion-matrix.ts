import { argmax } from '../../shared/engine/scores.ts'

/** [C, C]: how many rows of each label (down) got each answer (across). */
export type ConfusionMatrix = readonly (readonly number[])[]

/** The confusion matrix of `scores` [N, C], of which the largest is the answer, against `labels` [N]. */
export function confusionMatrix(scores: readonly ArrayLike<number>[], labels: readonly number[], classes: number): ConfusionMatrix {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  scores.forEach((row, i) => {
    const counts = confusion[labels[i] as number] as number[]
    const answer = argmax(row)
    counts[answer] = (counts[answer] as number) + 1
  })
  return confusion
}

/** How many rows have each label, [C]. */
export function labelCounts(confusion: ConfusionMatrix): number[] {
  return confusion.map(sum)
}

/** How many rows got each answer, [C]. */
export function answerCounts(confusion: ConfusionMatrix): number[] {
  return confusion.map((_, c) => sum(confusion.map((row) => row[c] as number)))
}

/** The one label that every row is given, or null where answers differ. */
export function onlyAnswer(confusion: ConfusionMatrix): number | null {
  const given = answerCounts(confusion).flatMap((count, c) => (count > 0 ? [c] : []))
  return given.length === 1 ? (given[0] as number) : null
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0)
}
