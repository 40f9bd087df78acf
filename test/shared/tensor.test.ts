import { expect, test } from 'vitest'
import { elementCount, float32, floatOutput, int64 } from '../../shared/tensor.ts'

test('a shape has the product of its dimensions as elements; a scalar has one, an empty axis none', () => {
  expect(elementCount([2, 3, 4])).toBe(24)
  expect(elementCount([])).toBe(1)
  expect(elementCount([5, 0, 3])).toBe(0)
})

test('a tensor keeps the very numbers that it is given, and has zeros where it is given none', () => {
  const data = Float32Array.of(1, 2, 3, 4)
  expect(float32([2, 2], data)).toEqual({ type: 'float32', dims: [2, 2], data })
  expect(float32([2, 2], data).data).toBe(data)
  expect(float32([3])).toEqual({ type: 'float32', dims: [3], data: new Float32Array(3) })
  expect(int64([1, 2])).toEqual({ type: 'int64', dims: [1, 2], data: new BigInt64Array(2) })
  expect(float32([4, 0]).data).toHaveLength(0)
})

test.each([() => float32([2, 3], new Float32Array(5)), () => int64([2, 3], new BigInt64Array(5))])(
  'numbers that are not as many as the shape has are refused',
  (make) => {
    expect(make).toThrow('a tensor of shape [2,3] has 6 elements, not 5')
  },
)

test('an output is found by its name; a missing one and one of another type are named', () => {
  const tensors = { hidden: float32([1]), ids: int64([1]) }
  expect(floatOutput(tensors, 'hidden')).toBe(tensors.hidden)
  expect(() => floatOutput(tensors, 'logits')).toThrow('the graph gave no float32 output logits')
  expect(() => floatOutput(tensors, 'ids')).toThrow('the graph gave no float32 output ids')
})
