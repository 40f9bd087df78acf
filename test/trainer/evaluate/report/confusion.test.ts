import { expect, test } from 'vitest'
import { confusionTable } from '../../../../trainer/evaluate/report/confusion.ts'

test('the confusion table has a row a label and a column an answer', () => {
  const lines = confusionTable([[2, 0], [1, 5]], ['good', 'bad']).split('\n') // biome-ignore format: a matrix
  expect(lines).toHaveLength(3)
  expect(lines[1]).toMatch(/^good +2 +·$/)
  expect(lines[2]).toMatch(/^bad +1 +5$/)
})
