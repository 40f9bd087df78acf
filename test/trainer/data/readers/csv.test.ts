import { expect, test } from 'vitest'
import { csv } from '../../../../trainer/data/readers/csv.ts'
import { reading, recordsOf } from '../../../fixtures/reading.ts'

test('each record has the line where it ends, under the names of the columns', () => {
  expect(recordsOf(csv, ' Text ,LABEL,Id\none,a,7\n\n"two\nlines",b,8\n', reading('x.csv'))).toEqual([
    { line: 2, value: { text: 'one', label: 'a', Id: '7' } },
    { line: 5, value: { text: 'two\nlines', label: 'b', Id: '8' } },
  ])
})

test('the columns may have other names', () => {
  const named = reading('x.csv', { text: 'review text', label: 'Stars' })
  expect(recordsOf(csv, 'id,stars,Review Text\n1,5,"Good, really"\n', named)).toEqual([
    { line: 2, value: { id: '1', Stars: '5', 'review text': 'Good, really' } },
  ])
})

test.each([
  ['";"', 'text;label\n"one; and more";a\n'],
  ['";"', '"label";"text"\na;"one; and more"\n'],
  ['tabs', 'text\tlabel\none; and more\ta\n'],
])('another separator, %s, is seen in the first line, and told', (name, text) => {
  const asked = reading('x.csv')
  expect(recordsOf(csv, text, asked)).toEqual([{ line: 2, value: { text: 'one; and more', label: 'a' } }])
  expect(asked.told).toEqual([`Reading x.csv as CSV separated by ${name}, as in its first line.`])
})

test('a comma is not told, and separates where the first line names both columns with it', () => {
  const asked = reading('x.csv')
  expect(recordsOf(csv, 'a;b;c;d,text,label\n1,one,a\n', asked)).toEqual([{ line: 2, value: { 'a;b;c;d': '1', text: 'one', label: 'a' } }])
  expect(asked.told).toEqual([])
})

test.each([
  [
    'a column is missing',
    'label,Sentence\na,b\n',
    /^Cannot read x\.csv, line 1: no column is named "text"\. The columns are "label", "Sentence": say with --text-column and --label-column/,
  ],
  ['a column is missing between ";"', 'message;class\na;b\n', /no column is named "text"\. The columns are "message", "class":/],
  ['a column is there twice', 'text,label,Text\none,a,two\n', /^Cannot read x\.csv, line 1: more than one column is named "text"/],
  ['a row has a cell too many', 'text,label\none,a\ntwo,b,c\n', /^Cannot read x\.csv: it is not CSV with .*"text,label" .*line 3/],
  ['a quote is left open', 'text,label\n"one,a\n', /^Cannot read x\.csv: it is not CSV /],
])('where %s, the file and the line are named', (_, text, message) => {
  expect(() => recordsOf(csv, text, reading('x.csv'))).toThrow(
    expect.objectContaining({ code: 'invalid_data', message: expect.stringMatching(message) }),
  )
})

test('a file without labels needs the text alone', () => {
  expect(recordsOf(csv, 'id,Text\n1,"one; more"\n', reading('x.csv', undefined, false))).toEqual([
    { line: 2, value: { id: '1', text: 'one; more' } },
  ])
  expect(() => recordsOf(csv, 'id,body\n1,a\n', reading('x.csv', undefined, false))).toThrow(
    /no column is named "text"\. The columns are "id", "body": say with --text-column which to read\./,
  )
})
