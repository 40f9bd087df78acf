import { expect, test } from 'vitest'
import { percent } from '../../../worker/playground/percent.ts'

test.each([
  [0, '0.0 %'],
  [0.0004, '< 0.1 %'],
  [0.0005, '0.1 %'],
  [0.5, '50.0 %'],
  [0.9994, '99.9 %'],
  [0.9999, '> 99.9 %'],
  [1, '100.0 %'],
])('%d is %s', (share, words) => expect(percent(share)).toBe(words))
