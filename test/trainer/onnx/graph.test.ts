import { describe, expect, test } from 'vitest'
import {
  type ElementType,
  elementBytes,
  float,
  inline,
  inlineIntegers,
  int,
  intAttribute,
  ints,
  intsAttribute,
  type Node,
  string,
} from '../../../trainer/onnx/graph.ts'

const dataOf = (initializer: ReturnType<typeof inline>) => {
  if (!('data' in initializer.at)) throw new Error('it lies elsewhere')
  return initializer.at.data
}

describe('an initializer in the file itself', () => {
  test.each<[ElementType, number[], ArrayLike<number | bigint>]>([
    ['float32', [0.5, -1], Float32Array.of(0.5, -1)],
    ['uint8', [0, 255], Uint8Array.of(0, 255)],
    ['int8', [-128, 127], Int8Array.of(-128, 127)],
    ['int32', [-(2 ** 31), 1], Int32Array.of(-(2 ** 31), 1)],
    ['int64', [-(2 ** 53) + 1, 1], BigInt64Array.of(-(2n ** 53n) + 1n, 1n)],
    ['bool', [1, 0], Uint8Array.of(1, 0)],
  ])('of type %s has its numbers as bytes', (type, values, typed) => {
    const initializer = inline(type, [2], values)
    expect(initializer).toMatchObject({ type, shape: [2] })
    expect(dataOf(initializer)).toEqual(new Uint8Array((typed as Uint8Array).buffer))
    expect(dataOf(initializer)).toHaveLength(2 * elementBytes[type])
  })

  test('gives its whole numbers back, wherever its bytes lie in memory', () => {
    const integers = inline('int64', [3], [5, -(2 ** 40), 0])
    expect(inlineIntegers(integers)).toEqual([5, -(2 ** 40), 0])
    const odd = new Uint8Array(25)
    odd.set(dataOf(integers), 1)
    expect(inlineIntegers({ ...integers, at: { data: odd.subarray(1) } })).toEqual([5, -(2 ** 40), 0])
    expect(inlineIntegers(inline('int64', [0], []))).toEqual([])
  })

  test('has no whole numbers where it is of another type, lies elsewhere, or is none', () => {
    expect(inlineIntegers(inline('int32', [1], [5]))).toBeNull()
    expect(inlineIntegers({ type: 'int64', shape: [1], at: { file: 'model.onnx.data', offset: 0, bytes: 8 } })).toBeNull()
    expect(inlineIntegers(undefined)).toBeNull()
  })
})

describe('an attribute', () => {
  const attributes = { axis: int(-1), perm: ints([1, 0]), none: ints([]), epsilon: float(1e-5), mode: string('linear') }
  const node: Node = { op: 'Transpose', domain: '', inputs: ['x'], outputs: ['y'], attributes }

  test('is a whole number, or what stands for a missing one', () => {
    expect(intAttribute(node, 'axis', 0)).toBe(-1)
    expect(intAttribute(node, 'keepdims', 1)).toBe(1)
    expect(attributes).toEqual({
      axis: { int: -1 },
      perm: { ints: [1, 0] },
      none: { ints: [] },
      epsilon: { float: 1e-5 },
      mode: { text: 'linear' },
    })
  })

  test('is a list; a missing one, and what is none, are named with the node', () => {
    expect(intsAttribute(node, 'perm')).toEqual([1, 0])
    expect(intsAttribute(node, 'none')).toEqual([])
    for (const name of ['axes', 'axis', 'toString'])
      expect(() => intsAttribute(node, name)).toThrow(`Transpose y has no list attribute ${name}`)
  })
})
