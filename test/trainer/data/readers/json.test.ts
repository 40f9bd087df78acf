import { expect, test } from 'vitest'
import { json } from '../../../../trainer/data/readers/json.ts'
import { seededRandom } from '../../../../trainer/random.ts'
import { reading, recordsOf } from '../../../fixtures/reading.ts'

const read = (text: string, pieces = [1, 3]) => recordsOf(json, text, reading('x.json'), pieces)

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
  expect(read(`[${JSON.stringify(long)},\n5]`, [999_999])).toEqual([
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
  ['is cut', '[\n{},\n', /^Cannot read x\.json, line 3: the array does not end/],
  ['is cut in an element', '[\n{"a": [1,\n2', /^Cannot read x\.json, line 3: the array does not end/],
  ['is cut in a text', '[\n{},\n"one', /^Cannot read x\.json, line 3: the array does not end/],
  ['has a comma too many', `[\n${'{},\n'.repeat(100)}]`, /^Cannot read x\.json, line 102: it is not JSON \(/],
  ['has a comma too few', '[\n{"a": 1}\n{"b": 2},\n{}]', /^Cannot read x\.json, line 3: it is not JSON \(.*\): \{"a": 1\}\\n\{"b": 2\}$/],
  ['has a broken element', '[\n{"a": 1},\n{"b": },\n{}]', /^Cannot read x\.json, line 3: it is not JSON \(.*\): \{"b": \}$/],
  ['begins with a comma', '[,1]', /^Cannot read x\.json, line 1: it is not JSON \(/],
  ['ends as an object', '[\n1}', /^Cannot read x\.json, line 2: the array ends with "\}"/],
  ['goes on', '[1]\n[2]', /^Cannot read x\.json, line 2: something stands behind the array: \[2\]/],
])('where it %s, the file and the line are named', (_, text, message) => {
  expect(() => read(text)).toThrow(expect.objectContaining({ code: 'invalid_data', message: expect.stringMatching(message) }))
})

test('it reads what JSON.parse reads, and refuses what that refuses', () => {
  const pieces = ['[', ']', '{', '}', ',', '"a"', ':', '1', ' ', '\n', 'null', '"\\\\"', '"\\"]"', '-', '"']
  const random = seededRandom(12)
  let right = 0
  for (let i = 0; i < 20_000; i++) {
    const text = `[${Array.from({ length: 1 + Math.floor(7 * random()) }, () => pieces[Math.floor(pieces.length * random())]).join('')}]`
    let wanted: unknown
    try {
      wanted = JSON.parse(text)
    } catch {
      expect(() => read(text), text).toThrow(expect.objectContaining({ code: 'invalid_data' }))
      continue
    }
    right++
    expect(
      read(text).map(({ value }) => value),
      text,
    ).toEqual(wanted)
  }
  expect(right).toBeGreaterThan(1000)
})
