import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { cardText, FileEntries, parseCard, sha256 } from '../../../shared/formats/card.ts'

test('sha256 is SHA-256, of any bytes', async () => {
  expect(await sha256(new TextEncoder().encode('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  for (const length of [0, 1, 63, 64, 65, 100_000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 31) & 255)
    expect(await sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'))
  }
})

test('a card’s text parses to the same card, ends its line, and keeps the order of the fields', () => {
  const card = { b: 1, a: [true, null, 'ü\n'] }
  expect(JSON.parse(cardText(card))).toEqual(card)
  expect(cardText(card)).toMatch(/^\{\n {2}"b": 1,.*\}\n$/s)
})

const Card = z.object({ name: z.string(), sizes: z.object({ hidden: z.int() }) })

test('parseCard gives the card without what the schema does not know', () => {
  expect(parseCard(Card, '{"name": "x", "sizes": {"hidden": 2}, "more": 1}', 'card.json', 'invalid_model')).toEqual({
    name: 'x',
    sizes: { hidden: 2 },
  })
})

test.each([
  ['{"name": "x"', /card\.json: it is not JSON/, null],
  ['', /not JSON/, null],
  ['[]', /field the whole file is wrong/, 'the whole file'],
  ['null', /the whole file/, 'the whole file'],
  ['{"name": 1, "sizes": {"hidden": 2}}', /field name is wrong/, 'name'],
  ['{"name": "x", "sizes": {"hidden": 1.5}}', /field sizes\.hidden is wrong/, 'sizes.hidden'],
])('%s is refused, and the field named', (text, message, param) => {
  const parse = () => parseCard(Card, text, 'card.json', 'invalid_model')
  expect(parse).toThrow(message)
  expect(parse).toThrow(expect.objectContaining({ name: 'SoftPromptError', code: 'invalid_model', param }))
})

test('an error quotes no more than a little of a long file', () => {
  expect(() => parseCard(Card, 'x'.repeat(100_000), 'card.json', 'invalid_model')).toThrow(
    expect.objectContaining({ message: expect.stringMatching(/^.{0,200}$/) }),
  )
})

test('file entries want each file’s size and hash', () => {
  const entries = FileEntries(['a', 'b'])
  const entry = { bytes: 3, sha256: '0'.repeat(64) }
  expect(entries.parse({ a: entry, b: entry })).toEqual({ a: entry, b: entry })
  for (const wrong of [{ a: entry }, { a: entry, b: { ...entry, bytes: -1 } }, { a: entry, b: { ...entry, sha256: 'A'.repeat(64) } }]) {
    expect(entries.safeParse(wrong).success).toBe(false)
  }
})
