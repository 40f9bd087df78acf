import { expect, test } from 'vitest'
import { answeredRight, shareOf } from '../../../trainer/evaluate/right.ts'

test('a row is right where its label has the largest score, the first of equals', () => {
  const right = answeredRight([[1, 3, 2], [0, 0, -1], [0, 0, -1], Float64Array.of(-2, -3, -1)], [1, 0, 1, 2])
  expect(right).toEqual([true, true, false, true])
  expect(shareOf(right)).toBe(0.75)
})
