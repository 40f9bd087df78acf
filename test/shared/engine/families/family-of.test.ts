import { expect, test } from 'vitest'
import { decoder } from '../../../../shared/engine/families/decoder.ts'
import { familyOf } from '../../../../shared/engine/families/family-of.ts'
import { writtenCard } from '../../../fixtures/written-card.ts'

test('the family that a model’s card names', () => {
  expect(familyOf(writtenCard())).toBe(decoder)
})

test.each([
  [{ family: 'oracle' }, /model small: its family is oracle, and decoder, encoder, gpuDecoder are supported here/],
  [{ family: 'toString' }, /family is toString/],
  [{ readout: 'mean' }, /its readout is mean, and last are supported here/],
])('%j is refused by name', (changes, message) => {
  expect(() => familyOf(writtenCard(changes))).toThrow(
    expect.objectContaining({ code: 'unsupported', message: expect.stringMatching(message) }),
  )
})
