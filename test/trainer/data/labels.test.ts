import { describe, expect, test } from 'vitest'
import { loadTokenizer } from '../../../shared/text/tokenizer.ts'
import { aboutWords, labelsOf, requireDifferent, verbalize } from '../../../trainer/data/labels.ts'
import { openModel } from '../../../trainer/import/open-model.ts'

const { encode, card } = openModel('models/tiny-lm')
const dataset = (...labels: string[]) => ({ file: 'some.jsonl', sha256: '', examples: labels.map((label) => ({ text: 'x', label })) })

test('labels come in alphabetical order, each once, and must be two at least', () => {
  expect(labelsOf(dataset('b', 'a', 'b'))).toEqual(['a', 'b'])
  expect(() => labelsOf(dataset('a', 'a'))).toThrow(/some\.jsonl: it has only one label/)
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

describe('the words of labels', () => {
  const withoutOutput = { tables: { ...card.tables, output: null } }
  const about = (names: string[], model = card) => aboutWords(verbalize(names, {}, encode), model, encode)

  test('of which only the first token counts are told, and those that begin alike, in a line each', () => {
    expect(about(['good', 'bad'])).toEqual([])
    expect(about(['good', 'card lost'])).toEqual(['only its first token stands for each of these words: "card lost"'])
    expect(about(['card lost', 'card stolen', 'refund'])[1]).toBe(
      'labels "card lost", "card stolen" begin with the same token, so the model alone cannot tell them apart; choose other words with --verbalizers',
    )
    const many = Array.from({ length: 500 }, (_, n) => `card ${n}`)
    expect(about([...many, 'the one', 'the other'])).toEqual([
      expect.stringMatching(/: "card 0", "card 1", "card 2", "card 3", "card 4" and 497 more$/),
      expect.stringMatching(/^labels "card 0", .* and 495 more, and 1 more groups, begin with the same token/),
    ])
  })

  test('count whole where the model has no output layer', () => {
    expect(about(['card lost', 'card stolen'], withoutOutput as typeof card)).toEqual([])
    expect(about(['card lost', 'card-lost'], withoutOutput as typeof card)).toEqual([
      expect.stringMatching(/"card lost", "card-lost" have the same words/),
    ])
  })

  test('must differ where their rows stay as they are', () => {
    expect(() => requireDifferent(verbalize(['good', 'bad'], {}, encode), card)).not.toThrow()
    expect(() => requireDifferent(verbalize(['card lost', 'card stolen'], {}, encode), card)).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: expect.stringMatching(/"card lost", "card stolen" would have the same row.*leave out --head fixed/),
      }),
    )
  })
})
