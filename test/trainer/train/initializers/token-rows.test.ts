import { expect, test } from 'vitest'
import { seededRandom } from '../../../../trainer/random.ts'
import { frequentTokens, tokenRows } from '../../../../trainer/train/initializers/token-rows.ts'
import { initializerInput, model, tokensOf } from '../../../fixtures/initializer-input.ts'

const { vocabulary: V, hidden: H } = model.card.sizes
const of = (vocabulary: number) => ({ ...model, card: { ...model.card, sizes: { ...model.card.sizes, vocabulary } } })

test('frequent tokens are the 5,000 lowest ids, each once, in the order of the seed', () => {
  const ids = frequentTokens(initializerInput())
  expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 5000 }, (_, id) => id))
  expect(frequentTokens(initializerInput())).toEqual(ids)
  expect(frequentTokens(initializerInput({ seed: 4 }))).not.toEqual(ids)
})

test('of a model with fewer tokens they are all of them', () => {
  expect(V).toBeGreaterThan(5000)
  const ids = frequentTokens({ model: of(7), random: seededRandom(1) })
  expect(ids.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6])
})

test('rows are the embeddings of the first P tokens, and from the front again where there are fewer', () => {
  const input = initializerInput({ virtualTokens: 3 })
  expect(tokenRows([5, 9, 7, 8], input)).toMatchObject({ type: 'float32', dims: [3, H] })
  expect(tokensOf(tokenRows([5, 9, 7, 8], input))).toEqual([5, 9, 7])
  expect(tokensOf(tokenRows([5, 5, 9], input))).toEqual([5, 5, 9])
  expect(tokensOf(tokenRows([5, 9], initializerInput({ virtualTokens: 5 })))).toEqual([5, 9, 5, 9, 5])
})
