import { expect, test, vi } from 'vitest'
import { cut, type Line, painted, widthOf } from '../../../trainer/cli/styled.ts'
import { asStream, Screen } from '../../fixtures/screen.ts'

const terminal = asStream(new Screen())
const file = asStream(new Screen(80, 24, { isTTY: false }))
const line: Line = ['a: ', { style: 'good', text: '✓' }, ' done']
const coloured = 'a: \x1b[32m✓\x1b[39m done'

test.each([
  ['a terminal', {}, terminal, coloured],
  ['a file', {}, file, 'a: ✓ done'],
  ['a terminal, with NO_COLOR', { NO_COLOR: '1' }, terminal, 'a: ✓ done'],
  ['a file, with FORCE_COLOR', { FORCE_COLOR: '1' }, file, coloured],
  ['a terminal, with FORCE_COLOR=0', { FORCE_COLOR: '0' }, terminal, 'a: ✓ done'],
])('colours go to %s as asked', (_, environment: Record<string, string>, stream, expected) => {
  vi.stubEnv('FORCE_COLOR', environment.FORCE_COLOR)
  vi.stubEnv('NO_COLOR', environment.NO_COLOR)
  // what a real terminal says where the environment asks for none
  const asked = environment.NO_COLOR ? Object.assign(Object.create(stream), { getColorDepth: () => 1 }) : stream
  expect(painted(line, asked)).toBe(expected)
})

test('what a text holds commands nothing, coloured or not', () => {
  vi.stubEnv('FORCE_COLOR', '1')
  expect(painted(['\x1b[2J', { style: 'bad', text: '\x1b[31m\n' }], terminal)).toBe('\\u001b[2J\x1b[31m\\u001b[31m\\n\x1b[39m')
})

test.each([
  ['abc', 3, 'abc'],
  ['abc', 2, 'ab'],
  ['日本語', 5, '日本'], // two columns each
  ['日本語', 1, ''],
  ['e\u0301e\u0301', 1, 'e\u0301'],
  ['👩‍👩‍👧!', 6, '👩‍👩‍👧'], // where it is three of two columns each
  ['👩‍👩‍👧!', 5, ''],
  ['a\tb', 3, 'a\\t'], // as it is printed
])('of %j, %i columns hold %j', (text, width, expected) => {
  expect(cut(text, width)).toEqual([expected])
})

test('a line is cut across its parts, which keep their colours', () => {
  expect(cut(line, 4)).toEqual(['a: ', { style: 'good', text: '✓' }, ''])
  expect(widthOf(cut(line, 4))).toBe(4)
  expect(widthOf('日本')).toBe(4)
})
