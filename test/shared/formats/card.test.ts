import { expect, test } from 'vitest'
import { z } from 'zod'
import { cardText, FileEntries, FormatVersion, parseCard } from '../../../shared/formats/card.ts'

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
  ['[]', /^Cannot read card\.json: Invalid input: expected object, received array\.$/, null],
  ['null', /expected object, received null/, null],
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

test('a format’s version is the one that is read here, or the error says which it is and what to do', () => {
  const Versioned = z.object({ version: FormatVersion(2, 'Make it again.') })
  expect(parseCard(Versioned, '{"version": 2}', 'card.json', 'invalid_model')).toEqual({ version: 2 })
  for (const [text, came] of [
    ['{"version": 3}', '3'],
    ['{"version": "2"}', '2'],
    ['{}', 'undefined'],
  ] as const)
    expect(() => parseCard(Versioned, text, 'card.json', 'invalid_model')).toThrow(
      `Cannot read card.json: field version is wrong: it is ${came}, and version 2 is read here. Make it again.`,
    )
})
