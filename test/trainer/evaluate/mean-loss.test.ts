import { expect, test } from 'vitest'
import { meanLoss } from '../../../trainer/evaluate/mean-loss.ts'

test('the mean of −log probability at the label', () => {
  const probabilities = [[0.8, 0.2], [0.4, 0.6]] // biome-ignore format: a matrix
  expect(meanLoss(probabilities, [0, 1])).toBeCloseTo(-(Math.log(0.8) + Math.log(0.6)) / 2, 12)
  expect(meanLoss(probabilities, [1, 0])).toBeCloseTo(-(Math.log(0.2) + Math.log(0.4)) / 2, 12)
})

test('a probability that rounds to 0 costs much, and not infinitely much', () => {
  const loss = meanLoss([[1, 0]], [1])
  expect(loss).toBeGreaterThan(700)
  expect(loss).toBeLessThan(1000)
})

test('probabilities that are not numbers give a loss that is none', () => {
  expect(meanLoss([[Number.NaN, Number.NaN]], [0])).toBeNaN()
})
