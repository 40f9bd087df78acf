import { expect, test } from 'vitest'
import { text } from '../../../../trainer/train/initializers/text.ts'
import { initializerInput, model, tokensOf } from '../../../fixtures/initializer-input.ts'

const ids = model.encode('Where does it go?')

test("the rows are the embeddings of the text's tokens, from the front again where they end", () => {
  const virtualTokens = 2 * ids.length + 2
  expect(tokensOf(text.table(initializerInput({ virtualTokens })))).toEqual([...ids, ...ids, ...ids.slice(0, 2)])
})

test('a text that is too long is cut', () => {
  expect(tokensOf(text.table(initializerInput({ virtualTokens: 3 })))).toEqual(ids.slice(0, 3))
})

test.each([undefined, ''])('without a text (%j) it says how to give one', (given) => {
  expect(() => text.table(initializerInput({ text: given }))).toThrow(
    expect.objectContaining({ code: 'usage', message: expect.stringContaining('Add --init-text "…".') }),
  )
})
