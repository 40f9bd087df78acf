import { expect, test } from 'vitest'
import { normalize } from '../../../../trainer/train/probe/normalize.ts'

test('takes the mean of each feature off, and divides all by one number', () => {
  expect(normalize(Float32Array.of(1, 13, 7, 21), 2)).toEqual({
    normalized: Float32Array.of(-0.6, -0.8, 0.6, 0.8),
    mean: Float64Array.of(4, 17),
    scale: 5,
  })
})

test('rows that are all the same become zeros', () => {
  expect(normalize(Float32Array.of(1, 2, 1, 2), 2)).toEqual({ normalized: new Float32Array(4), mean: Float64Array.of(1, 2), scale: 1 })
})
