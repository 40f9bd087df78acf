import { expect, test } from 'vitest'
import { endlessStep, patternsOf } from '../../../shared/text/tokenizer-steps.ts'

const split = (Regex: unknown) => ({ type: 'Split', pattern: { Regex } })

test('the patterns of every step are found, in sequences of sequences too, each once', () => {
  const normalizer = { type: 'Sequence', normalizers: [{ type: 'Replace', pattern: { Regex: 'a' }, content: '' }] }
  const inner = { type: 'Sequence', pretokenizers: [split('c'), split('a')] }
  expect(patternsOf({ normalizer, pre_tokenizer: { type: 'Sequence', pretokenizers: [split('b'), inner] } })).toEqual(['a', 'b', 'c'])
})

test('a tokenizer without any has none, and what is no pattern is none', () => {
  expect(patternsOf({ normalizer: null })).toEqual([])
  expect(patternsOf({ pre_tokenizer: { type: 'Split', pattern: { String: 'a' } } })).toEqual([])
  expect(patternsOf({ pre_tokenizer: split(['a']) })).toEqual([])
  expect(patternsOf({ decoder: { type: 'Replace', pattern: { Regex: 'never run' } } })).toEqual([])
})

const replace = (found: string, content: string) => ({ type: 'Replace', pattern: { String: found }, content })
const sequence = (...normalizers: readonly object[]) => ({ normalizer: { type: 'Sequence', normalizers } })

test.each([
  ['a cut of no length', { pre_tokenizer: { type: 'FixedLength', length: 0 } }, /FixedLength/],
  ['a cut of a negative length', { pre_tokenizer: { type: 'FixedLength', length: -1 } }, /FixedLength/],
  ['a cut without a length', { pre_tokenizer: { type: 'FixedLength' } }, /FixedLength/],
  ['doubling', sequence(...Array.from({ length: 40 }, () => replace('a', 'aa'))), /more than 64 times as long/],
  ['a long word for each space', { pre_tokenizer: { type: 'Metaspace', str_rep: 'x'.repeat(100) } }, /more than 64 times as long/],
  ['a long beginning', { normalizer: { type: 'Prepend', prepend: 'x'.repeat(100) } }, /more than 64 times as long/],
  ['what stands before a match, in its place', sequence(replace('a', '$`$`')), /has \$`\$` for content/],
])('%s would not end, or would fill the memory', (_, tokenizer, why) => {
  expect(endlessStep(tokenizer)).toMatch(why)
})

test('what tokenizers do is none of that', () => {
  expect(endlessStep({ pre_tokenizer: { type: 'FixedLength', length: 4 } })).toBe(null)
  expect(endlessStep(sequence(replace('``', '"'), replace("''", '"'), replace('$', 'US$ '), { type: 'Prepend', prepend: '▁' }))).toBe(null)
  expect(endlessStep({ normalizer: null, pre_tokenizer: { type: 'Metaspace', replacement: '▁' } })).toBe(null)
})
