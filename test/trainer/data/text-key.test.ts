import { expect, test } from 'vitest'
import { textKey } from '../../../trainer/data/text-key.ts'

test.each(['  one two', 'One two ', 'ONE\ttwo', 'one \n\r two', 'one\u00a0two', 'one\u3000 two\u2028'])('%j is one two', (text) => {
  expect(textKey(text)).toBe('one two')
})

test.each([
  ['onetwo', 'one two'],
  ['one, two', 'one two'],
  ['É', 'E'],
])('%j is not %j', (a, b) => {
  expect(textKey(a)).not.toBe(textKey(b))
})
