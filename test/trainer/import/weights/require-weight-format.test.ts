import { expect, test } from 'vitest'
import { ModelCard } from '../../../../shared/formats/model-card.ts'
import { namesOf } from '../../../../shared/names-of.ts'
import { requireWeightFormat } from '../../../../trainer/import/weights/require-weight-format.ts'
import * as weightFormats from '../../../../trainer/import/weights/table.ts'

test.each(namesOf(weightFormats))('%s fits on a card', (name) => {
  const { tolerance } = requireWeightFormat(name, 'Cannot test')
  expect(ModelCard.shape.weights.parse(name)).toBe(name)
  expect(ModelCard.shape.tolerance.parse(tolerance)).toBe(tolerance)
})

test.each(['int4', 'constructor', ''])('%j is refused by name', (name) => {
  expect(() => requireWeightFormat(name, 'Cannot do it')).toThrow(
    expect.objectContaining({
      code: 'unsupported',
      message: expect.stringMatching(
        new RegExp(`^Cannot do it: its weights are "${name}", and those supported here are float32, int8, q4, q8\\.`),
      ),
    }),
  )
})
