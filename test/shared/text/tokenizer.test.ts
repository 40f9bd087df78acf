import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { loadTokenizer } from '../../../shared/text/tokenizer.ts'

const shipped = readFileSync('models/tiny-lm/tokenizer.json', 'utf8')
const where = 'x/tokenizer.json'

interface Added {
  readonly id: unknown
  readonly content: string
  readonly special: boolean
}

/** A tokenizer without any step around its model. */
const bare = (model: object, added: readonly Added[] = []) =>
  JSON.stringify({ added_tokens: added, normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null, model })
const characters = (vocab: Record<string, unknown>, rest: object = {}) => bare({ type: 'BPE', vocab, merges: [], ...rest })

describe('the tokenizer that ships', () => {
  const encode = loadTokenizer(shipped, where, 8192)

  test('adds no token to a text, and an empty text has none', () => {
    expect(encode('')).toEqual([])
    expect(encode('a fine film').length).toBeGreaterThan(1)
    expect(encode('a fine film')).not.toContain(0)
  })

  test('has ids of the vocabulary for any characters', () => {
    for (const text of ['Ünï', '🙂', '中文', '\0', '\ud83d', ' \n\t', 'é']) {
      expect(encode(text).length, JSON.stringify(text)).toBeGreaterThan(0)
      for (const id of encode(text)) expect(Number.isInteger(id) && id >= 0 && id < 8192).toBe(true)
    }
  })

  test('gives the same ids before and after it forgets the words that it met', () => {
    const words = ['remembered', 'unbelievable', ' forgotten']
    const before = words.map(encode)
    encode('never seen '.repeat(30_000)) // more characters than it remembers
    expect(words.map(encode)).toEqual(before)
  })
})

describe('the name of a special token in a text is text', () => {
  const letters = { '<': 1, '/': 2, s: 3, '>': 4, a: 5 }
  const end = { id: 0, content: '</s>', special: true }
  const spelt = [1, 2, 3, 4]
  test.each<[string, string, number[]]>([
    ['BPE', bare({ type: 'BPE', vocab: { '</s>': 0, ...letters }, merges: [] }, [end]), spelt],
    [
      'BPE that takes whole words first',
      bare({ type: 'BPE', vocab: { '</s>': 0, ...letters }, merges: [], ignore_merges: true }, [end]),
      spelt,
    ],
    [
      'WordPiece',
      bare({ type: 'WordPiece', vocab: { '</s>': 0, '[UNK]': 6, a: 5 }, unk_token: '[UNK]', continuing_subword_prefix: '##' }, [end]),
      [6],
    ],
    [
      'Unigram',
      bare(
        {
          type: 'Unigram',
          unk_id: 6,
          vocab: [
            ['</s>', 0],
            ['<', -3],
            ['/', -3],
            ['s', -3],
            ['>', -3],
            ['a', -3],
            ['<unk>', 0],
          ],
        },
        [end],
      ),
      spelt,
    ],
  ])('%s', (_, json, ids) => {
    // biome-ignore format: a table
    const encode = loadTokenizer(json, where, 7)
    expect(encode('</s>')).toEqual(ids)
    expect(encode('a')).toEqual([5])
  })

  test('with the tokenizer that ships', () => {
    const ids = loadTokenizer(shipped, where, 8192)('<|endoftext|> and more')
    expect(ids).not.toContain(0)
    expect(ids.length).toBeGreaterThan(8)
  })

  test('while what stands for an unknown piece still does', () => {
    const unknown = { id: 1, content: '<unk>', special: true }
    const pieces = bare({ type: 'WordPiece', vocab: { a: 0, '<unk>': 1 }, unk_token: '<unk>', continuing_subword_prefix: '##' }, [unknown])
    const scores = bare({ type: 'Unigram', unk_id: 1, vocab: [['a', -3], ['<unk>', 0]] }, [unknown]) // biome-ignore format: a table
    for (const json of [pieces, scores]) expect(loadTokenizer(json, where, 2)('z')).toEqual([1])
  })

  test('while one that is added and not special is a token', () => {
    const json = bare({ type: 'BPE', vocab: letters, merges: [] }, [{ id: 0, content: '</s>', special: false }])
    expect(loadTokenizer(json, where, 6)('a</s>')).toEqual([5, 0])
  })
})

describe('ids that the model has no embedding for would be virtual tokens, or none, and are refused', () => {
  const refusal = (message: RegExp) =>
    expect.objectContaining({ name: 'SoftPromptError', code: 'invalid_model', message: expect.stringMatching(message) })

  test('of a tokenizer with more tokens than the model', () => {
    expect(() => loadTokenizer(shipped, where, 8000)).toThrow(refusal(/x\/tokenizer\.json: .*has id 8\d\d\d, .* embeddings for 8000 ids/))
  })

  test('from the first that is too high; the last one is taken', () => {
    const encode = loadTokenizer(characters({ a: 0, b: 7 }), where, 8)
    expect(encode('ab')).toEqual([0, 7])
    expect(() => loadTokenizer(characters({ a: 0, b: 7 }), where, 7)).toThrow(refusal(/its token "b" has id 7/))
  })

  test.each([-1, 1.5, '1', null, 2 ** 60])('%j is no id', (id) => {
    expect(() => loadTokenizer(characters({ a: id, b: 2 }), where, 8)).toThrow(refusal(/its token "a" has id/))
  })

  test('of an added token', () => {
    const added = bare({ type: 'BPE', vocab: { a: 0 }, merges: [] }, [{ id: -1, content: 'zz', special: false }])
    expect(() => loadTokenizer(added, where, 8)).toThrow(refusal(/its token "zz" has id -1/))
  })

  test('but not of a special token, which no text becomes', () => {
    const json = bare({ type: 'BPE', vocab: { a: 0 }, merges: [] }, [{ id: 8, content: '</s>', special: true }])
    expect(loadTokenizer(json, where, 1)('a')).toEqual([0])
  })
})

describe('a regular expression that a text could keep busy for ever', () => {
  const withSteps = (steps: object, added: readonly Added[] = []) =>
    JSON.stringify({ ...JSON.parse(bare({ type: 'BPE', vocab: { a: 0, b: 1 }, merges: [] }, added)), ...steps })
  const split = { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated', invert: false }
  const replace = { type: 'Replace', pattern: { Regex: '(a+)+$' }, content: '' }
  const refused = expect.objectContaining({
    code: 'unsupported',
    message: expect.stringMatching(/x\/tokenizer\.json: its regular expression "\(a\+\)\+\$" is not that of a known tokenizer.*Import/),
  })

  test.each([
    ['a pre-tokenizer', { pre_tokenizer: split }],
    ['a sequence', { pre_tokenizer: { type: 'Sequence', pretokenizers: [split] } }],
    ['a normalizer', { normalizer: replace }],
  ])('is refused in %s, before any text runs through it', (_, steps) => {
    const added = { id: 1, content: `${'a'.repeat(40)}b`, special: false, normalized: true } // which is normalized while the file is read
    expect(() => loadTokenizer(withSteps(steps, [added]), where, 2)).toThrow(refused)
  })

  test('is taken where it was checked, or is a known one', () => {
    const own = { ...split, pattern: { Regex: 'a|b' } }
    expect(() => loadTokenizer(withSteps({ pre_tokenizer: own }), where, 2)).toThrow(expect.objectContaining({ code: 'unsupported' }))
    expect(loadTokenizer(withSteps({ pre_tokenizer: own }), where, 2, ['a|b'])('ab')).toEqual([0, 1])
    expect(loadTokenizer(withSteps({ pre_tokenizer: { ...split, pattern: { Regex: '\\s+' } } }), where, 2)('ab')).toEqual([0, 1])
  })

  test('or another step that would not end', () => {
    const endless = expect.objectContaining({ code: 'unsupported', message: expect.stringMatching(/x\/tokenizer\.json: its FixedLength/) })
    expect(() => loadTokenizer(withSteps({ pre_tokenizer: { type: 'FixedLength', length: 0 } }), where, 2)).toThrow(endless)
  })

  test('is none where it is in the decoder, which never runs', () => {
    expect(loadTokenizer(withSteps({ decoder: replace }), where, 2)('ab')).toEqual([0, 1])
  })
})

test.each(['', '{', '[]', 'null', '{}', '{"model": {}}', '{"model": {"type": "nothing"}}', characters({ a: 0 }).replace('[]', '{}')])(
  '%j is no tokenizer',
  (json) => {
    expect(() => loadTokenizer(json, where, 8192)).toThrow(
      expect.objectContaining({ code: 'invalid_model', message: expect.stringContaining('x/tokenizer.json') }),
    )
  },
)
