import { expect, test } from 'vitest'
import { calibrationBins } from '../../../trainer/evaluate/calibration-bins.ts'
import { oneLabel, predictionsOf } from '../../../trainer/evaluate/predictions.ts'
import { halves } from '../../fixtures/softmax-reading.ts'

test('rows are counted by the probability of their answers, a border in the bin below it', () => {
  const probabilities = [[1, 0], [0.6, 0.4], [0.4, 0.6], [0.61, 0.39], [0, 1]] // biome-ignore format: a matrix
  const bins = calibrationBins(oneLabel(probabilities, [0, 0, 1, 0, 1], [0, 1, 1, 0, 1], 2))
  expect(bins).toHaveLength(15)
  expect(bins[8]).toEqual({ from: 8 / 15, to: 9 / 15, examples: 2, confidence: 0.6, accuracy: 0.5 })
  expect(bins[9]).toEqual({ from: 9 / 15, to: 10 / 15, examples: 1, confidence: 0.61, accuracy: 1 })
  expect(bins[14]).toEqual({ from: 14 / 15, to: 1, examples: 2, confidence: 1, accuracy: 1 })
  expect(bins[0]).toEqual({ from: 0, to: 1 / 15, examples: 0, confidence: null, accuracy: null })
  expect(bins.reduce((sum, { examples }) => sum + examples, 0)).toBe(5)
})

test('where texts may have several labels, each label of each text is a row', () => {
  const bins = calibrationBins(predictionsOf([[0.9, 0.6], [0.1, 0.6]], [[0], [1]], 2, halves)) // biome-ignore format: a matrix
  expect(bins[8]).toEqual({ from: 8 / 15, to: 9 / 15, examples: 2, confidence: 0.6, accuracy: 0.5 })
  expect(bins[13]).toMatchObject({ examples: 1, confidence: 0.9, accuracy: 1 })
  expect(bins[1]).toMatchObject({ examples: 1, confidence: 0.1, accuracy: 0 })
})
