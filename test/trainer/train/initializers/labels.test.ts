import { expect, test } from 'vitest'
import { labels } from '../../../../trainer/train/initializers/labels.ts'
import { initializerInput, model, tokensOf } from '../../../fixtures/initializer-input.ts'

const words = ['card lost', 'greeting'].flatMap((word) => model.encode(` ${word}`))

test("the first rows are the embeddings of the labels' words, in the labels' order", () => {
  expect(words.length).toBeGreaterThan(2) // a label may have several tokens
  const ids = tokensOf(labels.table(initializerInput({ virtualTokens: words.length + 6 }))) as number[]
  expect(ids.slice(0, words.length)).toEqual(words)
})

test('the rows after them are those of other frequent tokens', () => {
  const rest = (tokensOf(labels.table(initializerInput({ virtualTokens: words.length + 6 }))) as number[]).slice(words.length)
  expect(new Set(rest).size).toBe(6)
  for (const id of rest) expect(id).toBeLessThan(5000)
  const other = tokensOf(labels.table(initializerInput({ virtualTokens: words.length + 6, seed: 4 })))
  expect(other.slice(0, words.length)).toEqual(words)
  expect(other.slice(words.length)).not.toEqual(rest)
})

test('words that do not all fit are cut', () => {
  expect(tokensOf(labels.table(initializerInput({ virtualTokens: 2 })))).toEqual(words.slice(0, 2))
})
