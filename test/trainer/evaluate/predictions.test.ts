import { expect, test } from 'vitest'
import { predictionsOf, predictionsOfRows } from '../../../trainer/evaluate/predictions.ts'

test('the answer is the label of the largest score, the first of equals', () => {
  const { answers, confusion } = predictionsOf([[0, 2, 2], [1, 1, 1], [0, 0, 3]], [1, 1, 2], 3) // biome-ignore format: a matrix
  expect(answers).toEqual([1, 0, 2])
  expect(confusion).toEqual([[0, 0, 0], [1, 1, 0], [0, 0, 1]]) // biome-ignore format: a matrix
})

test('rows are taken as often as they are named', () => {
  const all = predictionsOf([[0, 2], [1, 0], [0, 1]], [1, 1, 0], 2) // biome-ignore format: a matrix
  const { probabilities, ...rest } = predictionsOfRows(all, [2, 0, 2])
  expect(rest).toEqual({ answers: [1, 1, 1], labels: [0, 1, 0], confusion: [[0, 2], [0, 1]] }) // biome-ignore format: a matrix
  expect(probabilities).toEqual([all.probabilities[2], all.probabilities[0], all.probabilities[2]])
})
