import { meanLoss } from './mean-loss.ts'

/**
 * The temperature between 0.05 and 20 under which the loss is least, by golden-section search over its logarithm. `answeredAt` gives how
 * scores [C] are answered at a temperature: [C].
 */
export function bestTemperature(
  scores: readonly ArrayLike<number>[],
  labels: readonly number[],
  answeredAt: (temperature: number) => (scores: ArrayLike<number>) => number[],
): number {
  const ratio = (Math.sqrt(5) - 1) / 2
  const lossAt = (logarithm: number) => {
    const probabilities = answeredAt(Math.exp(logarithm))
    return meanLoss(scores.map((row) => probabilities(row)), labels) // biome-ignore format: one thought
  }
  let [low, high] = [Math.log(0.05), Math.log(20)]
  for (let i = 0; i < 30; i++) {
    const [left, right] = [high - ratio * (high - low), low + ratio * (high - low)]
    if (lossAt(left) < lossAt(right)) high = right
    else low = left
  }
  return Math.exp((low + high) / 2)
}
