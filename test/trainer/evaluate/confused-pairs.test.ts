import { expect, test } from 'vitest'
import { confusedPairs } from '../../../trainer/evaluate/confused-pairs.ts'

test('what is taken for what, the most frequent first, and right answers not', () => {
  expect(
    confusedPairs([
      [9, 1, 0],
      [0, 7, 3],
      [1, 0, 5],
    ]),
  ).toEqual([
    // biome-ignore format: a matrix
    { label: 1, answer: 2, examples: 3 },
    { label: 0, answer: 1, examples: 1 },
    { label: 2, answer: 0, examples: 1 },
  ])
  expect(confusedPairs([[3, 0], [0, 2]])).toEqual([]) // biome-ignore format: a matrix
})
