import { expect, test } from 'vitest'
import { roundUp } from '../../../../shared/engine/families/padding.ts'

test('lengths are rounded up to whole steps, and a length that is one stays', () => {
  expect([0, 1, 15, 16, 17, 32, 33].map(roundUp)).toEqual([0, 16, 16, 16, 32, 32, 48])
})
