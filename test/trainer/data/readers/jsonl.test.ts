import { expect, test } from 'vitest'
import { jsonl } from '../../../../trainer/data/readers/jsonl.ts'
import { reading, recordsOf } from '../../../fixtures/reading.ts'

test('each value has its line; empty lines are passed over', () => {
  expect(recordsOf(jsonl, '{"a": 1}\r\n\n  \n[2]\n"three"', reading('x.jsonl'))).toEqual([
    { line: 1, value: { a: 1 } },
    { line: 4, value: [2] },
    { line: 5, value: 'three' },
  ])
})

test('a line that is not JSON is named, with its file', () => {
  expect(() => recordsOf(jsonl, '{}\n{"a": \n{}', reading('x.jsonl'))).toThrow(
    expect.objectContaining({
      code: 'invalid_data',
      message: expect.stringMatching(/^Cannot read x\.jsonl, line 2: it is not JSON .*\{"a":/),
    }),
  )
})
