import { expect, test } from 'vitest'
import { softmax } from '../../../shared/engine/scores.ts'
import { bestTemperature } from '../../../trainer/evaluate/calibrate.ts'
import { meanLoss } from '../../../trainer/evaluate/mean-loss.ts'
import { predictionsOf } from '../../../trainer/evaluate/predictions.ts'
import { seededRandom } from '../../../trainer/random.ts'
import { softmaxReading } from '../../fixtures/softmax-reading.ts'

const random = seededRandom(5)
const logits = Array.from({ length: 4000 }, () => [random() * 4, random() * 4])
const labels = logits.map((row) => (random() < softmax(row)[0]! ? 0 : 1)) // drawn from the model: calibrated at 1
const overconfident = logits.map((row) => row.map((score) => score * 3))

test('the temperature that scores were multiplied by is found again', () => {
  const found = bestTemperature(overconfident, labels, softmaxReading)
  expect(found).toBeGreaterThan(2.5)
  expect(found).toBeLessThan(3.5)
})

test('no temperature nearby has a lower loss', () => {
  const found = bestTemperature(overconfident, labels, softmaxReading)
  const lossAt = (temperature: number) => meanLoss(predictionsOf(overconfident, labels, 2, softmaxReading(temperature)))
  for (const factor of [0.98, 1.02]) expect(lossAt(found * factor)).toBeGreaterThan(lossAt(found))
})

test('scores that are always right or always wrong end at the bounds', () => {
  const scores = [[1, 0], [0, 1]] // biome-ignore format: a matrix
  expect(bestTemperature(scores, [0, 1], softmaxReading)).toBeCloseTo(0.05, 2)
  expect(bestTemperature(scores, [1, 0], softmaxReading)).toBeCloseTo(20, 2)
})
