import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fieldNames } from '../../../trainer/data/field-names.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { root } from '../../fixtures/root.ts'

const folder = temporaryFolder()
const written = (name: string, content: string | Uint8Array) => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

test.each([
  ['a.csv', 'text,"my label",n\nx,y,1\n'],
  ['semicolons.csv', 'text;my label;n\nx,1;y;1\n'],
  ['a.tsv', 'text\tmy label\tn\n'],
  ['a.jsonl', '{"text": "x", "my label": null}\n{"n": 1}\n'],
  ['a.json', '[{"text": "x", "my label": null, "n": 1}]'],
])('%s has the fields that it names', (name, content) => {
  expect(fieldNames(written(name, content))).toEqual(['text', 'my label', 'n'])
})

test('so has Parquet', () => {
  cpSync(join(root, 'test/reference/parquet/plain.parquet'), join(folder, 'plain.parquet'))
  expect(fieldNames(join(folder, 'plain.parquet'))).toEqual(expect.arrayContaining(['text', 'label']))
})

test('only the beginning of a file is read', () => {
  const lines = '{"text": "x", "label": "y"}\n'.repeat(100_000)
  expect(fieldNames(written('long.jsonl', Buffer.concat([Buffer.from(lines), Buffer.from([0xff])])))).toEqual(['text', 'label'])
})

test.each([
  ['latin1.csv', Buffer.from([0x74, 0xe4, 0x2c]), /it is not UTF-8/],
  ['broken.jsonl', '{"text": ', /line 1: it is not JSON/],
  ['empty.jsonl', '', /it has no examples/],
  ['none.parquet', 'PAR1 and so on', /as Parquet/],
])('what is wrong with %s is told', (name, content, message) => {
  expect(() => fieldNames(written(name, content))).toThrow(
    expect.objectContaining({ code: 'invalid_data', message: expect.stringMatching(message) }),
  )
})
