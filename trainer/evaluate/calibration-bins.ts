import type { Predictions } from './predictions.ts'

/** Guo et al. 2017 use as many. */
const bins = 15

/** The rows whose answer has a probability above `from` and up to `to`; where they may have several labels, each label of each row. */
export interface CalibrationBin {
  readonly from: number
  readonly to: number
  readonly examples: number
  /** The mean probability of their answers; null where there are none. */
  readonly confidence: number | null
  /** The share of them that are right; null where there are none. */
  readonly accuracy: number | null
}

/** The rows by the probability of their answers, in bins of equal width. */
export function calibrationBins(predictions: Predictions): CalibrationBin[] {
  const sums = Array.from({ length: bins }, () => ({ examples: 0, confidence: 0, right: 0 }))
  const add = (confidence: number, right: boolean) => {
    const sum = sums[binOf(confidence)] as (typeof sums)[number]
    sum.examples++
    sum.confidence += confidence
    if (right) sum.right++
  }
  predictions.probabilities.forEach((row, n) => {
    if (predictions.several)
      for (let c = 0; c < row.length; c++) add(row[c] as number, (predictions.labels[n] as readonly number[]).includes(c))
    else add(row[predictions.answers[n] as number] as number, predictions.answers[n] === predictions.labels[n])
  })
  return sums.map(({ examples, confidence, right }, bin) => {
    const mean = (sum: number) => (examples === 0 ? null : sum / examples)
    return { from: bin / bins, to: (bin + 1) / bins, examples, confidence: mean(confidence), accuracy: mean(right) }
  })
}

/** A probability on the border of two bins belongs to the lower. */
function binOf(confidence: number): number {
  let bin = 0
  while (bin < bins - 1 && confidence > (bin + 1) / bins) bin++
  return bin
}
