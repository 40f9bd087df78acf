import { expect, test } from 'vitest'
import { knownPatterns } from '../../../shared/text/known-patterns.ts'
import { loadTokenizer } from '../../../shared/text/tokenizer.ts'
import { patternsOf } from '../../../shared/text/tokenizer-steps.ts'

const text = "Hello, world's 12345 中文 HTTPServer\r\n\r\n  end"

test.each([...knownPatterns])('%j cuts a text into pieces that make it up again', (pattern) => {
  const characters = [...new Set(text)]
  const tokenizer = {
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
    post_processor: null,
    decoder: null,
    model: { type: 'BPE', vocab: Object.fromEntries(characters.map((character, id) => [character, id])), merges: [] },
  }
  expect(patternsOf(tokenizer)).toEqual([pattern])
  const ids = loadTokenizer(JSON.stringify(tokenizer), 'a test', characters.length)(text)
  expect(ids.map((id) => characters[id]).join('')).toBe(text)
})
