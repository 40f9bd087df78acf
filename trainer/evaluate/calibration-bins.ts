import type { Predictions } from './predictions.ts'

/** Guo et al. 2017 use as many. */
const bins = 15

/** The rows whose answer has a probability above `from` and up to `to`. */
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
export function calibrationBins({
  probabilities,
  answers,
  labels,
}: Pick<Predictions, 'probabilities' | 'answers' | 'labels'>): CalibrationBin[] {
  const sums = Array.from({ length: bins }, () => ({ examples: 0, confidence: 0, right: 0 }))
  answers.forEach((answer, n) => {
    const confidence = probabilities[n]?.[answer] as number
    const sum = sums[binOf(confidence)] as (typeof sums)[number]
    sum.examples++
    sum.confidence += confidence
    if (answer === labels[n]) sum.right++
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
