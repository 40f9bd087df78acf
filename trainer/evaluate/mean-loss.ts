import type { Predictions } from './predictions.ts'

/**
 * The mean over N rows of −log probability of the label or, where a row may have several, of the mean over the labels of −log probability that
 * it is there, or that it is not: in nats.
 */
export function meanLoss(predictions: Predictions): number {
  const { probabilities } = predictions
  let loss = 0
  if (predictions.several) {
    probabilities.forEach((row, n) => {
      const right = predictions.labels[n] as readonly number[]
      let sum = 0
      for (let c = 0; c < row.length; c++) sum += surprise(right.includes(c) ? (row[c] as number) : 1 - (row[c] as number))
      loss += sum / row.length
    })
  } else
    probabilities.forEach((row, n) => {
      loss += surprise(row[predictions.labels[n] as number] as number)
    })
  return loss / probabilities.length
}

function surprise(probability: number): number {
  return -Math.log(Math.max(probability, Number.MIN_VALUE)) // a probability may round to 0
}
