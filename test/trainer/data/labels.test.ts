import { expect, test } from 'vitest'
import { loadTokenizer } from '../../../shared/text/tokenizer.ts'
import { labelIndex, labelsOf, sharedTokens, verbalize } from '../../../trainer/data/labels.ts'
import { openModel } from '../../../trainer/import/open-model.ts'

const { encode, card } = openModel('models/tiny-lm')
const dataset = (...labels: string[]) => ({ file: 'some.jsonl', sha256: '', examples: labels.map((label) => ({ text: 'x', label })) })

test('labels come in alphabetical order, each once, and must be two at least', () => {
  expect(labelsOf(dataset('b', 'a', 'b'))).toEqual(['a', 'b'])
  expect(() => labelsOf(dataset('a', 'a'))).toThrow(/some\.jsonl: it has 1 labels/)
})

test("a label's own words stand for it, where no others are chosen", () => {
  const labels = verbalize(['card_lost', 'topUpFailed', 'ok'], { ok: 'fine' }, encode)
  expect(labels.map(({ verbalizer }) => verbalizer)).toEqual(['card lost', 'top up failed', 'fine'])
  for (const { verbalizer, token } of labels) expect(token).toBe(encode(` ${verbalizer}`)[0])
})

test('of a tokenizer that puts a space before every text, the token is the word’s and not the space’s', () => {
  const pieces = ['▁', 'a', 'b', 'd', 'g', 'o', '▁b', '▁ba', '▁bad', '▁g', '▁go', '▁goo', '▁good']
  const merges = ['▁ b', '▁b a', '▁ba d', '▁ g', '▁g o', '▁go o', '▁goo d']
  const vocab = Object.fromEntries(pieces.map((piece, id) => [piece, id]))
  const normalizers = [
    { type: 'Prepend', prepend: '▁' },
    { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
  ]
  const unused = { added_tokens: [], pre_tokenizer: null, post_processor: null, decoder: null }
  const json = { ...unused, normalizer: { type: 'Sequence', normalizers }, model: { type: 'BPE', vocab, merges } }
  const spaced = loadTokenizer(JSON.stringify(json), 'a test', pieces.length)
  expect(verbalize(['bad', 'good'], {}, spaced).map(({ token }) => pieces[token])).toEqual(['▁bad', '▁good'])
})

test('labels may be named like what every object has', () => {
  const names = ['__proto__', 'constructor', 'toString']
  expect(verbalize(names, {}, encode).map(({ verbalizer }) => verbalizer)).toEqual(['proto', 'constructor', 'to string'])
})

test('a word for a label that is not there is refused', () => {
  expect(() => verbalize(['a', 'b'], { c: 'word' }, encode)).toThrow(/"?c"?=.*no such label/)
})

test('two labels that begin with the same token are told of', () => {
  expect(sharedTokens(verbalize(['card lost', 'card stolen', 'refund'], {}, encode), card)).toEqual([
    expect.stringMatching(/card lost.*card stolen.*same token/),
  ])
  expect(sharedTokens(verbalize(['good', 'bad'], {}, encode), card)).toEqual([])
  const withoutOutput = { tables: { ...card.tables, output: null } }
  expect(sharedTokens(verbalize(['card lost', 'card stolen'], {}, encode), withoutOutput)).toEqual([])
})

test('a label without a verbalizer is refused with its file', () => {
  const labels = verbalize(['a', 'b'], {}, encode)
  expect(labelIndex(labels, 'b', 'some.jsonl')).toBe(1)
  expect(() => labelIndex(labels, 'c', 'some.jsonl')).toThrow(/some\.jsonl: label c is not one of/)
})
