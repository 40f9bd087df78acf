import { softmax } from '../../shared/engine/scores.ts'

/** The mean over N rows of −log softmax(scores / temperature)[label], in nats. `scores` [N, C], `labels` [N]. */
export function meanLoss(scores: readonly ArrayLike<number>[], labels: readonly number[], temperature: number): number {
  let loss = 0
  scores.forEach((row, i) => {
    const probability = softmax(row, temperature)[labels[i] as number] as number
    loss -= Math.log(Math.max(probability, Number.MIN_VALUE)) // a probability may round to 0
  })
  return loss / scores.length
}
