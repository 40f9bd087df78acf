import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { loadTokenizer } from '../../../shared/text/tokenizer.ts'

/** Texts of many scripts, and what Python's tokenizers made of them: see test/reference/make_wordpiece.py. */
interface Expected {
  readonly lines: readonly string[]
  readonly vocabulary: string
  readonly ids: Readonly<Record<string, readonly string[]>>
}

const expected: Expected = JSON.parse(gunzipSync(readFileSync('test/reference/wordpiece.json.gz')).toString())
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** The lines, with their numbers, that the tokenizer gives other ids than Python. */
function different(json: string, name: string): string[] {
  const encode = loadTokenizer(json, name, 2 ** 16)
  return expected.lines.flatMap((line, i) =>
    sha256(encode(line).join(',')).startsWith(expected.ids[name]![i]!) ? [] : [`${i}: ${JSON.stringify(line)}`],
  )
}

test.each(['minilm-st', 'bert-tanh'])("%s: 10,000 lines have Python's ids", (name) => {
  expect(expected.lines.length).toBe(10_000)
  expect(different(readFileSync(`test/reference/${name}/tokenizer.json`, 'utf8'), name)).toEqual([])
})

test("the model that ships: 10,000 lines have Python's ids", (context) => {
  const json = readFileSync('models/default/tokenizer.json', 'utf8')
  const { type, vocab } = JSON.parse(json).model
  if (type !== 'WordPiece') context.skip(`models/default has no WordPiece tokenizer, but ${type}`)
  const pieces = Object.keys(vocab).sort((a, b) => vocab[a] - vocab[b])
  if (sha256(pieces.map((piece) => `${piece}\n`).join('')) !== expected.vocabulary) {
    context.skip('models/default has another vocabulary than all-MiniLM-L6-v2')
  }
  expect(different(json, 'minilm')).toEqual([])
})

describe('what the library would take otherwise', () => {
  const vocab = { '[UNK]': 0, a: 1, '##b': 2, 𠮷: 3, 野: 4, ο: 5, '##σ': 6, '##ς': 7, Ο: 8, '##Σ': 9 }
  const encoder = (normalizer: object | null) => {
    const model = { type: 'WordPiece', vocab, unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100 }
    const steps = { normalizer, pre_tokenizer: { type: 'BertPreTokenizer' }, post_processor: null, decoder: null }
    return loadTokenizer(JSON.stringify({ added_tokens: [], ...steps, model }), 'x', 10)
  }
  const bert = { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true }

  test('a Han character past U+FFFF is a word', () => {
    expect(encoder(bert)('ab𠮷野ab')).toEqual([1, 2, 3, 4, 1, 2])
    expect(encoder({ ...bert, handle_chinese_chars: false })('ab𠮷')).toEqual([0])
  })

  test('a Σ becomes σ at the end of a word too, and a ς stays', () => {
    expect(encoder(bert)('ΟΣ ος')).toEqual([5, 6, 5, 7])
    expect(encoder({ ...bert, lowercase: false })('ΟΣ')).toEqual([8, 9])
  })

  test('with another normalizer, or none, a text is taken as it is', () => {
    expect(encoder(null)('ΟΣ 𠮷野')).toEqual([8, 9, 0])
    expect(encoder({ type: 'Lowercase' })('ΟΣ')).toEqual([5, 7])
  })
})

test('texts of a folder of sentence-transformers have its ids, between those of [CLS] and [SEP]', () => {
  const folder = 'test/reference/minilm-st'
  const { texts, ids } = JSON.parse(readFileSync(`${folder}/texts.json`, 'utf8'))
  const encode = loadTokenizer(readFileSync(`${folder}/tokenizer.json`, 'utf8'), folder, 86)
  expect(texts.map(encode)).toEqual(ids.map((row: number[]) => row.slice(1, -1)))
})
