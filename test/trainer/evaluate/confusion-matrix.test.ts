import { expect, test } from 'vitest'
import { answerCounts, confusionMatrix, labelCounts, onlyAnswer } from '../../../trainer/evaluate/confusion-matrix.ts'

test('a row a label, a column an answer', () => {
  const confusion = confusionMatrix([0, 1, 1, 1], [0, 0, 1, 2], 3)
  expect(confusion).toEqual([
    [1, 1, 0],
    [0, 1, 0],
    [0, 1, 0],
  ])
  expect(labelCounts(confusion)).toEqual([2, 1, 1])
  expect(answerCounts(confusion)).toEqual([1, 3, 0])
})

test('one answer for every row is noticed', () => {
  expect(onlyAnswer(confusionMatrix([1, 1], [0, 1], 3))).toBe(1)
  expect(onlyAnswer(confusionMatrix([0, 1], [0, 1], 3))).toBe(null)
})
