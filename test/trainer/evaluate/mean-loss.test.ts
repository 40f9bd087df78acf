import { expect, test } from 'vitest'
import { meanLoss } from '../../../trainer/evaluate/mean-loss.ts'

test('the mean of −log softmax(scores / temperature) at the label', () => {
  const scores = [[2, 0], [0, 4]] // biome-ignore format: a matrix
  const term = (difference: number) => Math.log(1 + Math.exp(-difference))
  expect(meanLoss(scores, [0, 1], 1)).toBeCloseTo((term(2) + term(4)) / 2, 12)
  expect(meanLoss(scores, [0, 0], 2)).toBeCloseTo((term(1) + term(-2)) / 2, 12)
})

test('a probability that rounds to 0 costs much, and not infinitely much', () => {
  const loss = meanLoss([[1000, 0]], [1], 1)
  expect(loss).toBeGreaterThan(700)
  expect(loss).toBeLessThan(1000)
})

test('scores that are not numbers give a loss that is none', () => {
  expect(meanLoss([[Number.NaN, 0]], [0], 1)).toBeNaN()
})
