import { expect, test } from 'vitest'
import { bootstrapIntervals } from '../../../trainer/evaluate/bootstrap.ts'
import { shareInterval } from '../../../trainer/evaluate/interval.ts'
import { accuracy, loss, macroF1 } from '../../../trainer/evaluate/metrics/table.ts'
import { predictionsOf } from '../../../trainer/evaluate/predictions.ts'
import { seededRandom } from '../../../trainer/random.ts'

/** N rows of two labels, of which about a share is answered right. */
function answered(N: number, share: number, random: () => number) {
  const labels = Array.from({ length: N }, () => Math.floor(2 * random()))
  const scores = labels.map((label) => (random() < share === (label === 0) ? [1, 0] : [0, 1]))
  return predictionsOf(scores, labels, 2)
}

test('the interval of an accuracy is about as wide as its formula says', () => {
  const predictions = answered(400, 0.8, seededRandom(3))
  const { accuracy: found } = bootstrapIntervals(predictions, { accuracy })
  const expected = shareInterval(accuracy.of(predictions), 400)
  expect(Math.abs(found.low - expected.low)).toBeLessThan(0.01)
  expect(Math.abs(found.high - expected.high)).toBeLessThan(0.01)
})

test('it holds the true share about 95 times of 100', () => {
  const random = seededRandom(4)
  let held = 0
  for (let i = 0; i < 200; i++) {
    const { low, high } = bootstrapIntervals(answered(100, 0.8, random), { accuracy }).accuracy
    if (low <= 0.8 && 0.8 <= high) held++
  }
  expect(held / 200).toBeGreaterThan(0.9)
  expect(held / 200).toBeLessThan(0.99)
})

test('an interval does not depend on which others are wanted, and is the same each time', () => {
  const predictions = answered(50, 0.7, seededRandom(5))
  const all = bootstrapIntervals(predictions, { accuracy, loss, macroF1 })
  expect(bootstrapIntervals(predictions, { accuracy, loss, macroF1 })).toEqual(all)
  expect(bootstrapIntervals(predictions, { macroF1 })).toEqual({ macroF1: all.macroF1 })
})

test('one row has nothing to vary', () => {
  expect(bootstrapIntervals(predictionsOf([[1, 0]], [0], 2), { accuracy })).toEqual({ accuracy: { low: 1, high: 1 } })
})
