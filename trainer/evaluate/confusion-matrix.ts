/** [C, C]: how many rows of each label (down) got each answer (across). */
export type ConfusionMatrix = readonly (readonly number[])[]

/** The confusion matrix of `answers` [N] against `labels` [N]. */
export function confusionMatrix(answers: readonly number[], labels: readonly number[], classes: number): ConfusionMatrix {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  answers.forEach((answer, n) => {
    const counts = confusion[labels[n] as number] as number[]
    counts[answer] = (counts[answer] as number) + 1
  })
  return confusion
}

/** How many rows have each label, [C]. */
export function labelCounts(confusion: ConfusionMatrix): number[] {
  return confusion.map((row) => row.reduce((a, b) => a + b, 0))
}

/** How many rows got each answer, [C]. */
export function answerCounts(confusion: ConfusionMatrix): number[] {
  const counts = new Array<number>(confusion.length).fill(0)
  for (const row of confusion) for (const [c, count] of row.entries()) counts[c] = (counts[c] as number) + count
  return counts
}

/** The one label that every row is given, or null where answers differ. */
export function onlyAnswer(confusion: ConfusionMatrix): number | null {
  const given = answerCounts(confusion).flatMap((count, c) => (count > 0 ? [c] : []))
  return given.length === 1 ? (given[0] as number) : null
}
