import { expect, test } from 'vitest'
import { predictionsOf, predictionsOfRows, rightRows } from '../../../trainer/evaluate/predictions.ts'
import { halves, softmaxReading } from '../../fixtures/softmax-reading.ts'

test('the answer is the label of the largest score, the first of equals', () => {
  const predictions = predictionsOf([[0, 2, 2], [1, 1, 1], [0, 0, 3]], [1, 1, 2], 3) // biome-ignore format: a matrix
  expect(predictions).toMatchObject({ answers: [1, 0, 2], confusion: [[0, 0, 0], [1, 1, 0], [0, 0, 1]] }) // biome-ignore format: a matrix
})

test('rows are taken as often as they are named', () => {
  const all = predictionsOf([[0, 2], [1, 0], [0, 1]], [1, 1, 0], 2) // biome-ignore format: a matrix
  const { probabilities, ...rest } = predictionsOfRows(all, [2, 0, 2])
  expect(rest).toEqual({ several: false, answers: [1, 1, 1], withheld: null, labels: [0, 1, 0], classes: 2, confusion: [[0, 2], [0, 1]] }) // biome-ignore format: a matrix
  expect(probabilities).toEqual([all.probabilities[2], all.probabilities[0], all.probabilities[2]])
  const some = predictionsOf([[0, 2], [1, 0], [0, 1]], [1, 1, 0], 2, { ...softmaxReading(), thresholds: [0, 0.8] }) // biome-ignore format: a matrix
  expect(predictionsOfRows(some, [2, 0, 1])).toMatchObject({ withheld: [true, false, false] })
})

test('of several labels a text, those that are given, and whether they are just those that are right', () => {
  const predictions = predictionsOf([[0.9, 0.6, 0.1], [0.2, 0.7, 0.1], [0, 0, 0]], [[0, 1], [1, 2], []], 3, halves) // biome-ignore format: a matrix
  expect(predictions).toMatchObject({ several: true, answers: [[0, 1], [1], []], classes: 3 })
  expect(rightRows(predictions)).toEqual([true, false, true])
  expect(predictionsOfRows(predictions, [1, 1])).toMatchObject({ answers: [[1], [1]], labels: [[1, 2], [1, 2]] }) // biome-ignore format: sets
})
