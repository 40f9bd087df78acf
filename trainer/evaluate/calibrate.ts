import { meanLoss } from './mean-loss.ts'
import { type AnswerReading, predictionsOf } from './predictions.ts'
import type { RightAnswer } from './right-answers.ts'

/**
 * The temperature between 0.05 and 20 under which the loss of `scores` [N, C] is least, by golden-section search over its logarithm.
 * `readingAt` gives how scores are read at a temperature.
 */
export function bestTemperature(
  scores: readonly ArrayLike<number>[],
  right: readonly RightAnswer[],
  readingAt: (temperature: number) => AnswerReading,
): number {
  const ratio = (Math.sqrt(5) - 1) / 2
  const lossAt = (logarithm: number) => {
    return meanLoss(predictionsOf(scores, right, scores[0]?.length ?? 0, readingAt(Math.exp(logarithm))))
  }
  let [low, high] = [Math.log(0.05), Math.log(20)]
  for (let i = 0; i < 30; i++) {
    const [left, right] = [high - ratio * (high - low), low + ratio * (high - low)]
    if (lossAt(left) < lossAt(right)) high = right
    else low = left
  }
  return Math.exp((low + high) / 2)
}
