import { expect, test } from 'vitest'
import { random } from '../../../../trainer/train/initializers/random.ts'
import { initializerInput, model, tokensOf } from '../../../fixtures/initializer-input.ts'

const rootMeanSquare = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length)
const spread = rootMeanSquare(model.inputRows(Array.from({ length: 5000 }, (_, id) => id)))

test('the numbers spread as the embeddings of real tokens do, around 0, within √3 times that', () => {
  const { data } = random.table(initializerInput({ virtualTokens: 100 })) // 25,600 numbers
  expect(Math.abs(rootMeanSquare(data) / spread - 1)).toBeLessThan(0.05)
  const largest = data.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  expect(Math.abs(largest / (Math.sqrt(3) * spread) - 1)).toBeLessThan(0.05)
  expect(Math.abs(data.reduce((sum, value) => sum + value, 0) / data.length)).toBeLessThan(0.05 * spread)
})

test("no row is a token's", () => {
  expect(tokensOf(random.table(initializerInput()))).toEqual(new Array(9).fill(null))
})

test('another seed gives other numbers', () => {
  expect(random.table(initializerInput({ seed: 4 })).data).not.toEqual(random.table(initializerInput({ seed: 5 })).data)
})
