import { expect, test } from 'vitest'
import { vocabulary } from '../../../../trainer/train/initializers/vocabulary.ts'
import { initializerInput, tokensOf } from '../../../fixtures/initializer-input.ts'

test('the rows are the embeddings of tokens among the 5,000 most frequent, each token once', () => {
  const ids = tokensOf(vocabulary.table(initializerInput({ virtualTokens: 300 }))) as number[]
  expect(ids).not.toContain(null)
  expect(Math.max(...ids)).toBeLessThan(5000)
  expect(Math.max(...ids)).toBeGreaterThan(4000) // not the first ones only
  expect(new Set(ids).size).toBe(300)
})

test('another seed draws other tokens', () => {
  expect(tokensOf(vocabulary.table(initializerInput({ seed: 4 })))).not.toEqual(tokensOf(vocabulary.table(initializerInput({ seed: 5 }))))
})
