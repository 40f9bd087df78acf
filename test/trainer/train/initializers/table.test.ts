import { describe, expect, test } from 'vitest'
import { namesOf } from '../../../../shared/names-of.ts'
import * as initializers from '../../../../trainer/train/initializers/table.ts'
import { initializerInput, model } from '../../../fixtures/initializer-input.ts'

describe.each(namesOf(initializers))('%s', (name) => {
  test.each([1, 9, 200])('makes %i rows of finite numbers, the same ones of the same seed', (virtualTokens) => {
    const { dims, data } = initializers[name].table(initializerInput({ virtualTokens }))
    expect(dims).toEqual([virtualTokens, model.card.sizes.hidden])
    expect(data.every(Number.isFinite)).toBe(true)
    expect(data.some((value) => value !== 0)).toBe(true)
    expect(initializers[name].table(initializerInput({ virtualTokens })).data).toEqual(data)
  })

  test('makes as many rows as are wanted of a model that has fewer tokens', () => {
    const few = { ...model, card: { ...model.card, sizes: { ...model.card.sizes, vocabulary: 50 } } }
    const { dims, data } = initializers[name].table(initializerInput({ model: few, virtualTokens: 120 }))
    expect(dims).toEqual([120, model.card.sizes.hidden])
    expect(data.every(Number.isFinite)).toBe(true)
  })
})
