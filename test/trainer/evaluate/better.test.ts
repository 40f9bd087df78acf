import { expect, test } from 'vitest'
import { criteriaBy, isBetter } from '../../../trainer/evaluate/better.ts'

const others = { macroF1: 0.5, majority: 0.5 }

test.each([
  ['a higher accuracy, whatever the loss', { accuracy: 0.9, loss: 5 }, true],
  ['a lower accuracy, whatever the loss', { accuracy: 0.7, loss: 0.1 }, false],
  ['the same accuracy with a lower loss', { accuracy: 0.8, loss: 0.9 }, true],
  ['the same accuracy with a higher loss', { accuracy: 0.8, loss: 1.1 }, false],
  ['the same of both', { accuracy: 0.8, loss: 1 }, false],
])('%s', (_, now, better) => {
  expect(isBetter({ ...others, ...now }, { ...others, accuracy: 0.8, loss: 1 }, criteriaBy('accuracy'))).toBe(better)
})
