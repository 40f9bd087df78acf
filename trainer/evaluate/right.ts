import { argmax } from '../../shared/engine/scores.ts'

/** Whether each row's largest score, of `scores` [N, C], is that of its label, of `labels` [N]. */
export function answeredRight(scores: readonly ArrayLike<number>[], labels: readonly number[]): boolean[] {
  return scores.map((row, n) => argmax(row) === labels[n])
}

/** The share of the rows that are right. */
export function shareOf(right: readonly boolean[]): number {
  return right.filter(Boolean).length / right.length
}
