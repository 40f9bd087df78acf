import { createHash } from 'node:crypto'
import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openExamples } from '../../../trainer/data/opened-file.ts'

const path = join(mkdtempSync(join(tmpdir(), 'opened-')), 'a.txt')

test('a file of several pieces is the same text, bytes and hash, though characters lie across their ends', () => {
  const text = `${'日本語🎈é'.repeat(200_000)}.`
  writeFileSync(path, `\uFEFF${text}`)
  const opened = openExamples(path)
  const pieces = [...opened.text()]
  expect(pieces.length).toBeGreaterThan(2)
  expect(pieces.join('') === text).toBe(true)
  expect([...opened.text()].join('') === text).toBe(true) // again from the begin
  expect(new TextDecoder().decode(opened.bytes(3, 12))).toBe('日本語')
  expect(opened.sha256()).toBe(createHash('sha256').update(readFileSync(path)).digest('hex'))
  opened.close()
})

test.each([
  ['in a piece', [0x61, 0xe9, 0x61]],
  ['at the end', [0x61, 0xe6, 0x97]],
])('what is not UTF-8 %s is refused', (_, bytes) => {
  writeFileSync(path, Uint8Array.from(bytes))
  const opened = openExamples(path)
  expect(() => [...opened.text()]).toThrow(expect.objectContaining({ code: 'invalid_data', message: `Cannot read ${path}: it is not UTF-8. Save it as UTF-8.` })) // biome-ignore format: one thought
  opened.close()
})

test.each<[string, string, readonly number[]]>([
  ['a workbook', 'it is a workbook of a spreadsheet, or another zip. Save its table as CSV in UTF-8.', [0x50, 0x4b, 3, 4, 0xff]],
  ['gzip', 'it is compressed by gzip. Unpack it first.', [0x1f, 0x8b, 8, 0]],
  ['UTF-16', 'it is UTF-16. Save it as UTF-8.', [0xff, 0xfe, 0x61, 0]],
  ['Parquet', 'it is Parquet. Let its name end in .parquet.', [0x50, 0x41, 0x52, 0x31, 0xff]],
])('of %s it is said what it is', (_, message, bytes) => {
  writeFileSync(path, Uint8Array.from(bytes))
  const opened = openExamples(path)
  expect(() => [...opened.text()]).toThrow(`Cannot read ${path}: ${message}`)
  opened.close()
})

test('a file that changes while it is read has no hash', () => {
  writeFileSync(path, 'one')
  const opened = openExamples(path)
  appendFileSync(path, 'two')
  expect(() => opened.sha256()).toThrow(/it was changed while being read\. Start again/)
  writeFileSync(path, 'o')
  expect(() => opened.bytes(0, 3)).toThrow(/it became shorter while being read/)
  opened.close()
})
