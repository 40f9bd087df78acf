import { expect, test } from 'vitest'
import { json } from '../../../../trainer/data/readers/json.ts'
import { reading } from '../../../fixtures/reading.ts'

const read = (text: string) => json.records(text, reading('x.json'))

test('each element has the line where it ends', () => {
  const text = String.raw`
[
  {"text": "a [b], {c}", "label": "\"x\\"},
  {
    "text": "two",
    "label": [1, {"a": []}]
  }, 7, "three",
  [
  ]
]
`
  expect(read(text)).toEqual([
    { line: 3, value: { text: 'a [b], {c}', label: '"x\\' } },
    { line: 7, value: { text: 'two', label: [1, { a: [] }] } },
    { line: 7, value: 7 },
    { line: 7, value: 'three' },
    { line: 10, value: [] },
  ])
  expect(read(' [ ] ')).toEqual([])
  expect(read('[{}]')).toEqual([{ line: 1, value: {} }])
})

test('a long text does not hide the line', () => {
  const long = '\n'.repeat(2_000_000)
  expect(read(`[${JSON.stringify(long)},\n5]`)).toEqual([
    { line: 1, value: long },
    { line: 2, value: 5 },
  ])
})

test('what begins otherwise is JSON Lines', () => {
  expect(read('{"a": 1}\n{"a": 2}\n')).toEqual([
    { line: 1, value: { a: 1 } },
    { line: 2, value: { a: 2 } },
  ])
})

test.each([
  ['is cut', '[\n{},\n', /^Cannot read x\.json, line 3: it is not a JSON array \(/],
  ['has a comma too many', '[\n{},\n]\n\n', /^Cannot read x\.json(, line 3)?: it is not a JSON array \(Unexpected token/],
  ['has one far down', `[\n${'{},\n'.repeat(100)}]`, /^Cannot read x\.json(, line 102)?: it is not a JSON array \(Unexpected token/],
])('where it %s, the file and the line are named', (_, text, message) => {
  expect(() => read(text)).toThrow(expect.objectContaining({ code: 'invalid_data', message: expect.stringMatching(message) }))
})
