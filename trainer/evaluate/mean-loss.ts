/** The mean over N rows of −log probability of the label, in nats. `probabilities` [N, C], `labels` [N]. */
export function meanLoss(probabilities: readonly ArrayLike<number>[], labels: readonly number[]): number {
  let loss = 0
  probabilities.forEach((row, i) => {
    loss -= Math.log(Math.max(row[labels[i] as number] as number, Number.MIN_VALUE)) // a probability may round to 0
  })
  return loss / probabilities.length
}
