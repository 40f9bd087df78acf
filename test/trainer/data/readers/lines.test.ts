import { expect, test } from 'vitest'
import { csv } from '../../../../trainer/data/readers/csv.ts'
import { json } from '../../../../trainer/data/readers/json.ts'
import { jsonl } from '../../../../trainer/data/readers/jsonl.ts'
import type { Contents } from '../../../../trainer/data/readers/reader.ts'
import { contentsOf, reading } from '../../../fixtures/reading.ts'

/** A text behind which a letter goes on for ever. */
function endless(begin: string): Contents {
  return {
    ...contentsOf(''),
    *text() {
      yield begin
      for (;;) yield 'x'.repeat(2 ** 20)
    },
  }
}

test.each([
  ['JSON Lines', jsonl, '{}\n{"text": "', /^Cannot read x, line 2: a record has more than 67108864 characters\. It begins \{"text": "x+…$/],
  ['JSON', json, '[{},\n{"text": "', /^Cannot read x, line 2: a record has more than 67108864 characters/],
  ['CSV', csv, 'text,label\n"', /^Cannot read x: it is not CSV .*Max Record Size/],
])('a record of %s that does not end is refused before it fills the memory', (_, reader, begin, message) => {
  const read = () => Array.from(reader.records(endless(begin), reading('x')))
  expect(read).toThrow(expect.objectContaining({ code: 'invalid_data', message: expect.stringMatching(message) }))
})
