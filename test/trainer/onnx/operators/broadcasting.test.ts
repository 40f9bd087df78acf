import { expect, test } from 'vitest'
import { broadcast } from '../../../../trainer/onnx/operators/broadcasting.ts'

test('shapes broadcast as numpy does it', () => {
  expect(broadcast([], [2, 'B'])).toEqual([2, 'B'])
  expect(broadcast(['B', 1, 3], ['T', 1])).toEqual(['B', 'T', 3])
  expect(broadcast([0], [1])).toEqual([0])
  expect(() => broadcast(['S'], ['T'])).toThrow('do not broadcast')
  expect(() => broadcast([2], [3])).toThrow('shapes [2] and [3] do not broadcast')
})
