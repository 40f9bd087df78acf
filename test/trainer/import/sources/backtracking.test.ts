import { expect, test } from 'vitest'
import { knownPatterns } from '../../../../shared/text/known-patterns.ts'
import { diagnose, requireNoBacktracking } from '../../../../trainer/import/sources/backtracking.ts'

/** A tokenizer.json that cuts at these patterns, one after the other. */
const cutting = (...patterns: readonly string[]) =>
  JSON.stringify({ pre_tokenizer: { type: 'Sequence', pretokenizers: patterns.map((Regex) => ({ type: 'Split', pattern: { Regex } })) } })
const check = (...patterns: readonly string[]) => requireNoBacktracking(cutting(...patterns), 'x/tokenizer.json')
const refusal = (code: string, message: RegExp) => expect.objectContaining({ code, message: expect.stringMatching(message) })

test('a pattern that backtracks is refused by name', { timeout: 120_000 }, () => {
  expect(() => check('(a+)+$')).toThrow(
    refusal('unsupported', /^Cannot use x\/tokenizer\.json: its regular expression "\(a\+\)\+\$" backtracks.*exponential.*Take a model/),
  )
  expect(() => check('a|b', '\\s+$')).toThrow(refusal('unsupported', /"\\\\s\+\$" backtracks.*2nd degree polynomial/))
})

test('patterns that do not are told, for the card', { timeout: 120_000 }, () => {
  expect(check('\\p{L}+|\\p{N}', '\\s+', '[^\\s]+')).toEqual(['\\p{L}+|\\p{N}', '[^\\s]+'])
})

test('known ones are not checked again', () => {
  expect(check(...knownPatterns)).toEqual([])
})

test.each([...knownPatterns])('the known %j was: it does not backtrack', { timeout: 120_000 }, (pattern) => {
  expect(diagnose([pattern], 'a test')).toEqual([{ status: 'safe', complexity: expect.any(String) }])
})

test('one that the checker cannot read or finish is refused as well', { timeout: 120_000 }, () => {
  const nested = `${'('.repeat(400)}a${')'.repeat(400)}`
  expect(() => check(nested)).toThrow(refusal('unsupported', /\(+…? could not be checked for backtracking/))
})

test('one that is none, too long a one, and too many are refused unread', () => {
  expect(() => check('(a')).toThrow(refusal('invalid_model', /"\(a" cannot be run here \(.{1,80}\)\.$/))
  expect(() => check('a'.repeat(1025))).toThrow(refusal('unsupported', /^.{1,200} has 1025 characters, and at most 1024 are checked/))
  expect(() => check(...Array.from({ length: 17 }, (_, i) => `a{${i}}`))).toThrow(refusal('unsupported', /has 17 regular expressions/))
})

test.each(['', '[', 'null'])('%j is no tokenizer.json', (text) => {
  expect(() => requireNoBacktracking(text, 'x/tokenizer.json')).toThrow(
    refusal('invalid_model', /x\/tokenizer\.json: it is not a tokenizer/),
  )
})
