import { expect, test } from 'vitest'
import { csv } from '../../../../trainer/data/readers/csv.ts'

test('each record has the line where it ends, under the names of the columns', () => {
  expect(csv.records(' Text ,LABEL,id\none,a,7\n\n"two\nlines",b,8\n', 'x.csv')).toEqual([
    { line: 2, value: { text: 'one', label: 'a', id: '7' } },
    { line: 5, value: { text: 'two\nlines', label: 'b', id: '8' } },
  ])
})

test.each([
  ['a column is missing', 'label\na\n', /^Cannot read x\.csv, line 1: no column is named "text" .*label.*Name two of them text and label/],
  ['a column is there twice', 'text,label,Text\none,a,two\n', /^Cannot read x\.csv, line 1: more than one column is named "text"/],
  ['a row has a cell too many', 'text,label\none,a\ntwo,b,c\n', /^Cannot read x\.csv: it is not CSV .*line 3/],
  ['a quote is left open', 'text,label\n"one,a\n', /^Cannot read x\.csv: it is not CSV /],
])('where %s, the file and the line are named', (_, text, message) => {
  expect(() => csv.records(text, 'x.csv')).toThrow(
    expect.objectContaining({ code: 'invalid_data', message: expect.stringMatching(message) }),
  )
})
