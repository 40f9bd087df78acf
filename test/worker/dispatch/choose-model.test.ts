import { expect, it } from 'vitest'
import { chooseModel } from '../../../worker/dispatch/choose-model.ts'

const models = { float32: 'f'.repeat(64), int8: '8'.repeat(64) }

it.each([
  [['int8', 'float32'], models.int8],
  [['float32', 'int8'], models.float32],
  [['q4', 'float32'], models.float32],
])('of %j, the first that a version has is served', (formats, wanted) => {
  expect(chooseModel(models, formats, 'spam')).toBe(wanted)
})

it('is refused where a version has none of them, naming what there is and what is served', () => {
  expect(() => chooseModel(models, ['q4', 'q8'], 'spam')).toThrow(
    expect.objectContaining({
      code: 'unsupported',
      message: expect.stringMatching(
        /task spam: its model is published with float32, int8 weights, and q4, q8 are served here\..*WEIGHT_FORMATS/,
      ),
    }),
  )
  for (const name of ['toString', 'constructor']) expect(() => chooseModel(models, [name], 'spam')).toThrow(name)
})
