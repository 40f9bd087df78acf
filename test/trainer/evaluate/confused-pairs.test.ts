import { expect, test } from 'vitest'
import { confusedPairs } from '../../../trainer/evaluate/confused-pairs.ts'

const confusion = [
  [50, 4, 0, 1],
  [9, 40, 0, 0],
  [0, 0, 10, 0],
  [0, 0, 1, 3],
] // biome-ignore format: a table

test('pairs are counted in both directions, the more frequent one first', () => {
  expect(confusedPairs(confusion)).toEqual([
    { labels: [1, 0], rows: [9, 4], share: 13 / 104 },
    { labels: [3, 2], rows: [1, 0], share: 1 / 14 },
    { labels: [0, 3], rows: [1, 0], share: 1 / 59 },
  ])
  expect(confusedPairs(confusion, 1)).toHaveLength(1)
})

test('where every answer is right no pair is confused', () => {
  expect(confusedPairs([[3, 0], [0, 0]])).toEqual([]) // biome-ignore format: a table
  expect(confusedPairs([])).toEqual([])
})
