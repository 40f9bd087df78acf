import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SoftPromptError } from '../../../../shared/error.ts'
import { parquet } from '../../../../trainer/data/readers/parquet.ts'
import { seededRandom } from '../../../../trainer/random.ts'
import { bytesOf, reading } from '../../../fixtures/reading.ts'
import { root } from '../../../fixtures/root.ts'

const folder = join(root, 'test/reference/parquet')
const { texts, labels, names } = JSON.parse(readFileSync(join(folder, 'rows.json'), 'utf8')) as { texts: string[]; labels: number[]; names: string[] } // biome-ignore format: one thought
const stored = (name: string) => Uint8Array.from(readFileSync(join(folder, `${name}.parquet`)))
const read = (bytes: Uint8Array<ArrayBuffer>, asked = reading('x.parquet')) => [...parquet.records(bytesOf(bytes), asked)]
const rowsWith = (label: (row: number) => unknown) => texts.map((text, row) => ({ line: row + 1, value: { text, label: label(row) } }))

const codecs = ['none', 'snappy', 'zstd', 'gzip', 'brotli'].flatMap((codec) => [codec, `${codec}-v2`])
const ways = ['plain', 'small-pages', 'small-pages-v2', 'delta-length', 'required', 'large-strings', 'more-columns', 'class-label']

test.each([...codecs, ...ways])('%s, as pyarrow writes it, has the rows that pyarrow was given', (name) => {
  expect(read(stored(name))).toEqual(rowsWith((row) => names[labels[row]!]))
})

test.each([
  ['int8', (label: number) => label],
  ['uint64-delta', (label: number) => label],
  ['float', (label: number) => label / 2],
  ['bool', (label: number) => label === 1],
  ['bool-v2', (label: number) => label === 1],
])('labels of type %s are handed over as they are', (name, label) => {
  expect(read(stored(name))).toEqual(rowsWith((row) => label(labels[row]!)))
})

test('a value that is not there is null, and a file without rows is empty', () => {
  expect(read(stored('nulls'))[21]).toEqual({ line: 22, value: { text: null, label: names[labels[21]!] } })
  expect(read(stored('empty'))).toEqual([])
})

test('the columns may have other names, and a file without labels needs the text alone', () => {
  const asked = reading('x.parquet', { text: 'id', label: 'text' }, false)
  expect(read(stored('more-columns'), asked).slice(0, 2)).toEqual([{ line: 1, value: { id: 0 } }, { line: 2, value: { id: 1 } }]) // biome-ignore format: a table
})

test.each([
  [
    'nested',
    /^Cannot read x\.parquet: column "text" is nested \(a list or a struct\), and text is needed\. Name another with --text-column/,
  ],
  ['lists', /^Cannot read x\.parquet: column "label" is nested .* a label/],
  ['dates', /^Cannot read x\.parquet: column "label" is of type TIMESTAMP, and a label/],
  ['delta', /^Cannot read x\.parquet as Parquet: its encoding DELTA_BYTE_ARRAY is not one of PLAIN,.* Write it again/],
  ['lz4', /^Cannot read x\.parquet as Parquet: its compression LZ4_RAW is not one of UNCOMPRESSED, SNAPPY,/],
  ['latin1', /^Cannot read x\.parquet as Parquet: a text is not UTF-8/],
  [
    'class-label-unlabelled',
    /^Cannot read x\.parquet, row 1: label -1 has no name\. The names are 0 to 2: refund, .* -1 stands for no label/,
  ],
])('%s is refused with the way out', (name, message) => {
  expect(() => read(stored(name))).toThrow(expect.objectContaining({ code: 'invalid_data', message: expect.stringMatching(message) }))
})

test('a column that is not there is named, with those that are', () => {
  expect(() => read(stored('more-columns'), reading('x.parquet', { text: 'body', label: 'label' }))).toThrow(
    /^Cannot read x\.parquet: no column is named "body"\. The columns are "id", "Label", "spans", "Text": say with --text-column/,
  )
})

describe('a file that is damaged is refused, or read: nothing else comes of it', () => {
  /** How a file was read: its rows or, of a failure, whether a user can tell what to do. */
  const outcome = (bytes: Uint8Array<ArrayBuffer>): number | string => {
    try {
      return read(bytes).length
    } catch (error) {
      if (!(error instanceof SoftPromptError)) throw error
      expect(error.message).toMatch(/^Cannot read x\.parquet/)
      expect(error.message.length).toBeLessThan(600)
      return error.code
    }
  }
  const files = readdirSync(folder).filter((name) => name.endsWith('.parquet')).map((name) => name.replace('.parquet', '')) // biome-ignore format: one thought

  test.each(['snappy', 'small-pages-v2'])('%s, cut anywhere', (name) => {
    const bytes = stored(name)
    for (let length = 1; length < bytes.length; length++) expect(outcome(bytes.slice(0, length))).toBe('invalid_data')
  })

  test.each(files)('%s, with bytes that were changed', (name) => {
    const random = seededRandom(name.length, 3)
    const seen = new Set<number | string>()
    for (let i = 0; i < 150; i++) {
      const bytes = stored(name)
      for (let changes = 0; changes < 1 + (i % 3); changes++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
      seen.add(outcome(bytes))
    }
    expect(seen).toContain('invalid_data')
  })
})
