import { expect, test } from 'vitest'
import { counted } from '../../trainer/counted.ts'

test('a count of one has its noun in the singular', () => {
  expect([0, 1, 2].map((count) => counted(count, 'label'))).toEqual(['0 labels', '1 label', '2 labels'])
})
