import { meanLoss } from './mean-loss.ts'
import { type AnswerReading, predictionsOf } from './predictions.ts'
import type { RightAnswer } from './right-answers.ts'

/** The least and the most that a temperature may be. */
const [lowest, highest] = [0.05, 20]

/** Whether a temperature is as low or as high as one may be, so that the loss would go on falling. */
export function isAtBound(temperature: number): boolean {
  return temperature < 1.01 * lowest || temperature > highest / 1.01
}

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
  let [low, high] = [Math.log(lowest), Math.log(highest)]
  for (let i = 0; i < 30; i++) {
    const [left, right] = [high - ratio * (high - low), low + ratio * (high - low)]
    if (lossAt(left) < lossAt(right)) high = right
    else low = left
  }
  return Math.exp((low + high) / 2)
}
