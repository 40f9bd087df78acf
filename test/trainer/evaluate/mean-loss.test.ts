import { expect, test } from 'vitest'
import { meanLoss } from '../../../trainer/evaluate/mean-loss.ts'
import { oneLabel, predictionsOf } from '../../../trainer/evaluate/predictions.ts'
import { halves } from '../../fixtures/softmax-reading.ts'

const lossOf = (probabilities: number[][], labels: number[]) => meanLoss(oneLabel(probabilities, labels, labels, 2))

test('the mean of −log probability at the label', () => {
  const probabilities = [[0.8, 0.2], [0.4, 0.6]] // biome-ignore format: a matrix
  expect(lossOf(probabilities, [0, 1])).toBeCloseTo(-(Math.log(0.8) + Math.log(0.6)) / 2, 12)
  expect(lossOf(probabilities, [1, 0])).toBeCloseTo(-(Math.log(0.2) + Math.log(0.4)) / 2, 12)
})

test('a probability that rounds to 0 costs much, and not infinitely much', () => {
  const loss = lossOf([[1, 0]], [1])
  expect(loss).toBeGreaterThan(700)
  expect(loss).toBeLessThan(1000)
})

test('probabilities that are not numbers give a loss that is none', () => {
  expect(lossOf([[Number.NaN, Number.NaN]], [0])).toBeNaN()
})

test('of several labels a text, the mean over the labels of −log probability that each is there, or is not', () => {
  const predictions = predictionsOf([[0.9, 0.2], [0.3, 0.4]], [[0], []], 2, halves) // biome-ignore format: a matrix
  expect(meanLoss(predictions)).toBeCloseTo(-(Math.log(0.9) + Math.log(0.8) + Math.log(0.7) + Math.log(0.6)) / 4, 12)
})
