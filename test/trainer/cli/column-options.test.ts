import { Command } from 'commander'
import { expect, test } from 'vitest'
import { type ColumnFlags, columnsOf, columnWords, withColumnOptions } from '../../../trainer/cli/column-options.ts'

const parsed = (...words: string[]) => columnsOf(withColumnOptions(new Command()).parse(words, { from: 'user' }).opts<ColumnFlags>())

test.each([
  [[], { text: 'text', label: 'label' }],
  [['--text-column', 'body'], { text: 'body', label: 'label' }],
  [['--text-column', 'a b', '--label-column', 'text'], { text: 'a b', label: 'text' }],
])('%j names the columns, and is what means them', (words, columns) => {
  expect(parsed(...words)).toEqual(columns)
  expect(columnWords(columns)).toEqual(words)
})

test('one column cannot be both', () => {
  expect(() => parsed('--text-column', ' LABEL')).toThrow(expect.objectContaining({ code: 'usage' }))
})
