import { expect, test } from 'vitest'
import { tsv } from '../../../../trainer/data/readers/tsv.ts'
import { reading, recordsOf } from '../../../fixtures/reading.ts'

test('a line is a record, whose cells hold quotes and commas as they are', () => {
  const asked = reading('x.tsv')
  expect(recordsOf(tsv, 'Text\tlabel\n"one" and, more\ta\r\n\n"two\tb\n"three"\tb\n', asked)).toEqual([
    { line: 2, value: { text: '"one" and, more', label: 'a' } },
    { line: 4, value: { text: '"two', label: 'b' } },
    { line: 5, value: { text: '"three"', label: 'b' } },
  ])
  expect(asked.told).toEqual([])
})

test('quotes that look like those of CSV are told', () => {
  const asked = reading('x.tsv')
  expect(recordsOf(tsv, 'text\tlabel\n"say ""one"""\ta\n', asked)).toEqual([{ line: 2, value: { text: '"say ""one"""', label: 'a' } }])
  expect(asked.told).toEqual([expect.stringMatching(/^Reading the quotes around cells of x\.tsv as part of them/)])
})

test.each([
  ['a column is missing', 'text\tclass\n', /^Cannot read x\.tsv, line 1: no column is named "label"\. The columns are "text", "class":/],
  [
    'a row has a cell too few',
    'text\tlabel\none\n',
    /^Cannot read x\.tsv: it is not TSV with a header line such as "text<tab>label" .*line 2/,
  ],
])('where %s, the file and the line are named', (_, text, message) => {
  expect(() => recordsOf(tsv, text, reading('x.tsv'))).toThrow(
    expect.objectContaining({ code: 'invalid_data', message: expect.stringMatching(message) }),
  )
})
