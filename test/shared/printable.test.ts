import { expect, test } from 'vitest'
import { printable, printableLines } from '../../shared/printable.ts'

test('what a terminal would obey is escaped as JSON would', () => {
  expect(printable('\x1b[31mred\x07\r\n\t\0')).toBe('\\u001b[31mred\\u0007\\r\\n\\t\\u0000')
  expect(printable('\x7f\x80\x9b31m\x9f')).toBe('\\u007f\\u0080\\u009b31m\\u009f')
  expect(printable('a\u202egnp.exe\u202c\u2066\u2069\u200e\u200f\u061c')).toBe('a\\u202egnp.exe\\u202c\\u2066\\u2069\\u200e\\u200f\\u061c')
  expect(printable('one\u2028two\u2029')).toBe('one\\u2028two\\u2029')
})

test('all else stays, and so do the ends of lines where there are several', () => {
  const text = 'A “text” — naïve, עברית, 中文, 👩‍👩‍👧 \\ "'
  expect(printable(text)).toBe(text)
  expect(printableLines(`${text}\n\r\n\t`)).toBe(`${text}\n\\r\n\\t`)
})

test('JSON stays the same JSON', () => {
  const value = { 'a\x7f': '\u2028\x9b\u202e', b: ['\n', '\x1b'] }
  expect(JSON.parse(printable(JSON.stringify(value)))).toEqual(value)
})
