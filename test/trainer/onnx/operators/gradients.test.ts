import { describe, expect, test } from 'vitest'
import { floatOutput } from '../../../../shared/tensor.ts'
import { type BlockBits, blockBytes, blockSize, quantizeBlocks } from '../../../../trainer/import/weights/blocks.ts'
import { quantizeRows } from '../../../../trainer/import/weights/int8-rows.ts'
import { float, inline, int, ints, string } from '../../../../trainer/onnx/graph.ts'
import type { Operator } from '../../../../trainer/onnx/operators/operator.ts'
import * as operators from '../../../../trainer/onnx/operators/table.ts'
import { type Draw, expectGradients, gradientsOf, type Size, Sketch } from '../../../fixtures/finite-differences.ts'
import { relativeError } from '../../../fixtures/reference.ts'

/** A shape of up to four axes of up to three. */
const randomShape = (s: Sketch) => Array.from({ length: Math.floor(s.random() * 5) }, () => 1 + Math.floor(s.random() * 3))
/** A value whose first axes broadcast to `shape`: some of them are 1, and some at the front are left out. `rest` follows. */
function broadcastTo(s: Sketch, shape: readonly number[], ...rest: readonly number[]): string {
  const axes = shape.map((length) => (s.random() < 0.3 ? 1 : length)).slice(Math.floor(s.random() * (shape.length + 1)))
  return s.float(...axes, ...rest)
}

/** Shapes as numpy broadcasts them, with lengths known or not, and empty. */
const elementwise = (op: string): Record<string, Draw> => ({
  'equal shapes': (s) => [s.b.add(op, [s.float(2, 3), s.float(2, 3)])],
  'a vector on the right': (s) => [s.b.add(op, [s.float('B=2', 'T=3', 4), s.float(4)])],
  'a vector on the left': (s) => [s.b.add(op, [s.float(4), s.float('B=2', 'T=3', 4)])],
  'a scalar': (s) => [s.b.add(op, [s.float('B=2', 3), s.float()])],
  'axes of 1 on both sides': (s) => [s.b.add(op, [s.float('B=2', 1, 3), s.float(1, 'T=4', 3)])],
  'an unknown length of 1': (s) => [s.b.add(op, [s.float('B=1', 3), s.float('B=1', 3)])],
  'one value on both sides': (s) => {
    const x = s.float(2, 3)
    return [s.b.add(op, [x, x])]
  },
  'no rows': (s) => [s.b.add(op, [s.float('B=0', 3), s.float(3)])],
  'random shapes': (s) =>
    Array.from({ length: 8 }, () => {
      const shape = randomShape(s)
      return s.b.add(op, [broadcastTo(s, shape), broadcastTo(s, shape)])
    }),
})

const matMul =
  (a: readonly Size[], b: readonly Size[]): Draw =>
  (s) => [s.b.add('MatMul', [s.float(...a), s.float(...b)])]
const last =
  (op: string, ...sizes: readonly Size[]): Draw =>
  (s) => [s.b.add(op, [s.float(...sizes)], { attributes: { axis: int(sizes.length - 1) } })]

function norm(s: Sketch, ...sizes: readonly Size[]): string[] {
  const attributes = { axis: int(-1), epsilon: float(1e-2), stash_type: int(1) }
  const inputs = [s.float(...sizes), s.float(sizes.at(-1) as Size)]
  return s.b.addAll('SimplifiedLayerNormalization', inputs, 2, { attributes }).slice(0, 1)
}

function layerNorm(s: Sketch, ...sizes: readonly Size[]): string[] {
  const attributes = { axis: int(-1), epsilon: float(1e-2), stash_type: int(1) }
  const H = sizes.at(-1) as Size
  return s.b.addAll('LayerNormalization', [s.float(...sizes), s.float(H), s.float(H)], 3, { attributes }).slice(0, 1)
}

const gelu =
  (approximate: string | null, ...sizes: readonly Size[]): Draw =>
  (s) => [s.b.add('Gelu', [s.float(...sizes)], { attributes: approximate === null ? {} : { approximate: string(approximate) } })]

function rotate(s: Sketch, batch: `B=${number}`): string[] {
  const [context, half] = [10, 2]
  const table = (name: string, turn: (angle: number) => number) => {
    const angles = Array.from({ length: context * half }, (_, i) => turn(Math.floor(i / half) / (1 + 3 * (i % half))))
    return s.b.initializer(name, inline('float32', [context, half], angles))
  }
  return [
    s.b.add('RotaryEmbedding', [
      s.float(batch, 'T=3', 8),
      s.integers(context, batch, 'T=3'),
      table('cos', Math.cos),
      table('sin', Math.sin),
    ]),
  ]
}

const activate =
  (...sizes: readonly Size[]): Draw =>
  (s) => [s.b.add('SiLU', [s.float(...sizes)])]

/** An int8 layer on x of `sizes`, 4 wide, and the float layer with its dequantized weights. */
function int8Layer(...sizes: readonly Size[]): { draw: Draw; smooth: Draw } {
  const [inputs, outputs] = [sizes.at(-1) as number, 4]
  const layer =
    (quantized: boolean): Draw =>
    (s) => {
      const x = s.float(...sizes)
      const scales = new Float32Array(outputs)
      const weights = Float32Array.from({ length: outputs * inputs }, () => s.random() - 0.5)
      const rows = quantizeRows(weights, inputs, scales) // [out, in]
      const columns = Array.from({ length: inputs * outputs }, (_, i) => rows[(i % outputs) * inputs + Math.floor(i / outputs)]!)
      if (quantized) {
        const weight = s.b.initializer('weight', inline('int8', [inputs, outputs], columns))
        const scale = s.b.initializer('scale', inline('float32', [outputs], Array.from(scales)))
        return [s.b.add('LinearInt8', [x, weight, scale], { name: 'y' })]
      }
      const dequantized = columns.map((value, i) => value * scales[i % outputs]!)
      return [s.b.add('MatMul', [x, s.b.floats(dequantized, [inputs, outputs])], { name: 'y' })]
    }
  return { draw: layer(true), smooth: layer(false) }
}

/** A layer of blocks of `bits` bits on x of `sizes`, 64 wide, whose rounding is in its weight alone. */
const blockLayer =
  (bits: BlockBits, ...sizes: readonly Size[]): Draw =>
  (s) => {
    const [inputs, outputs] = [sizes.at(-1) as number, 3]
    const scales = new Float32Array((outputs * inputs) / blockSize)
    const stored = quantizeBlocks(
      Float32Array.from({ length: outputs * inputs }, () => s.random() - 0.5),
      bits,
      scales,
    )
    const shape = [outputs, inputs / blockSize]
    const weight = s.b.initializer('weight', inline('uint8', [...shape, blockBytes(bits)], Array.from(stored)))
    const scale = s.b.initializer('scale', inline('float32', shape, Array.from(scales)))
    const attributes = { N: int(outputs), K: int(inputs), bits: int(bits), block_size: int(blockSize), accuracy_level: int(0) }
    return [s.b.add('MatMulNBits', [s.float(...sizes), weight, scale], { attributes })]
  }

function split(s: Sketch, sizes: readonly Size[], axis: number, lengths: readonly number[]): string[] {
  return s.b.split(
    s.float(...sizes),
    axis,
    lengths.map((length) => s.b.integers([length])),
    lengths,
  )
}

const exact: Record<string, Record<string, Draw>> = {
  Add: elementwise('Add'),
  Sub: elementwise('Sub'),
  Mul: elementwise('Mul'),
  Neg: {
    plain: (s) => [s.b.add('Neg', [s.float('B=2', 3)])],
    empty: (s) => [s.b.add('Neg', [s.float('B=0', 3)])],
  },
  Where: {
    'equal shapes': (s) => [s.b.add('Where', [s.choices(3, 4), s.float(3, 4), s.float(3, 4)])],
    'a choice a row': (s) => [s.b.add('Where', [s.choices('B=3', 'T=2', 1), s.float('B=3', 'T=2', 4), s.float('B=3', 'T=2', 4)])],
    'broadcast values': (s) => [s.b.add('Where', [s.choices('B=3', 4), s.float(4), s.float()])],
    'no rows': (s) => [s.b.add('Where', [s.choices('B=0', 4), s.float('B=0', 4), s.float(4)])],
    'random shapes': (s) =>
      Array.from({ length: 8 }, () => {
        const shape = randomShape(s)
        return s.b.add('Where', [s.choices(...shape), broadcastTo(s, shape), broadcastTo(s, shape)])
      }),
  },
  MatMul: {
    'two matrices': matMul([2, 3], [3, 4]),
    'a weight for a whole batch': matMul(['B=2', 'T=3', 4], [4, 5]),
    'a matrix each': matMul(['B=2', 3, 'T=2', 4], ['B=2', 3, 4, 'S=3']),
    'one factor for the whole batch': matMul(['B=3', 2, 'T=2', 4], [1, 2, 4, 'S=3']),
    'axes of 1 on both sides': matMul(['B=2', 1, 2, 3], [1, 4, 3, 2]),
    'groups of heads': matMul(['B=2', 2, 3, 'T=2', 3], ['B=2', 2, 1, 3, 'T=2']),
    'no rows': matMul(['B=0', 'T=3', 4], [4, 5]),
    'random shapes': (s) =>
      Array.from({ length: 8 }, () => {
        const batch = randomShape(s).slice(0, 2)
        const [rows, inner, columns] = [1, 2, 3].map(() => 1 + Math.floor(s.random() * 3)) as [number, number, number]
        return s.b.add('MatMul', [broadcastTo(s, batch, rows, inner), broadcastTo(s, batch, inner, columns)])
      }),
    'nothing to add up': matMul([2, 3, 'T=2', 'S=0'], [1, 3, 'S=0', 4]),
    // the keys of an empty past: onnxruntime 1.30 leaves a product of nothing unwritten, except the first matrix, where it has
    // fused it with a transpose; transposed back, the keys are multiplied as they are
    'no columns, of a transposed factor': (s) => [s.b.add('MatMul', [s.float(2, 'T=3', 4), s.b.transpose(s.float(2, 'S=0', 4))])],
  },
  MatMulNBits: {
    '8 bits': blockLayer(8, 'B=2', 'T=2', 64),
    '4 bits': blockLayer(4, 'B=2', 'T=2', 64),
    'one block, two axes': blockLayer(8, 2, 32),
    'no tokens': blockLayer(8, 'B=2', 'T=0', 64),
  },
  SiLU: { plain: activate('B=2', 'T=3', 4), empty: activate('B=2', 'T=0', 4) },
  Softmax: {
    'two axes': last('Softmax', 'B=3', 5),
    'four axes': last('Softmax', 'B=2', 2, 'T=2', 'S=4'),
    'with unseen places': (s) => {
      const seen = s.b.add('Where', [s.choices(3, 6), s.b.floats(0), s.b.floats(-1e9)])
      return [s.b.add('Softmax', [s.b.add('Add', [s.float(3, 6), seen])], { attributes: { axis: int(1) } })]
    },
    empty: last('Softmax', 'B=0', 5),
  },
  LogSoftmax: { 'two axes': last('LogSoftmax', 'B=3', 5), 'one class': last('LogSoftmax', 'B=3', 1), empty: last('LogSoftmax', 'B=0', 5) },
  SimplifiedLayerNormalization: {
    'three axes': (s) => norm(s, 'B=2', 'T=3', 5),
    'two axes': (s) => norm(s, 3, 4),
    empty: (s) => norm(s, 'B=2', 'K=0', 5),
  },
  LayerNormalization: {
    'three axes': (s) => layerNorm(s, 'B=2', 'T=3', 5),
    'two axes': (s) => layerNorm(s, 3, 4),
    empty: (s) => layerNorm(s, 'B=2', 'K=0', 5),
  },
  Gelu: {
    'exact by default': gelu(null, 'B=2', 'T=3', 4),
    exact: gelu('none', 2, 3),
    'by a tanh': gelu('tanh', 'B=2', 'T=3', 4),
    empty: gelu('none', 'B=2', 'T=0', 4),
  },
  RotaryEmbedding: { plain: (s) => rotate(s, 'B=2'), empty: (s) => rotate(s, 'B=0') },
  ReduceSum: {
    'the last axis': (s) => [s.b.sum(s.float('B=2', 3), [1])],
    'the first axis': (s) => [s.b.sum(s.float('B=2', 3), [0])],
    'two axes': (s) => [s.b.sum(s.float(2, 'T=3', 4), [0, 2])],
    'no rows': (s) => [s.b.sum(s.float('B=0', 3), [0])],
  },
  Transpose: {
    'two axes': (s) => [s.b.transpose(s.float('B=2', 3))],
    'four axes in a circle': (s) => [s.b.add('Transpose', [s.float(2, 'T=3', 1, 4)], { attributes: { perm: ints([1, 2, 3, 0]) } })],
    empty: (s) => [s.b.transpose(s.float(2, 'T=0', 3))],
  },
  Reshape: {
    'an axis apart': (s) => [s.b.add('Reshape', [s.float('B=2', 'T=3', 4), s.b.integers([0, 0, 2, 2])])],
    'axes together': (s) => [s.b.add('Reshape', [s.float('B=2', 'T=3', 4), s.b.integers([-1, 4])], { shape: ['B*T', 4] })],
    empty: (s) => [s.b.add('Reshape', [s.float('B=0', 'T=3', 4), s.b.integers([-1, 4])], { shape: ['B*T', 4] })],
  },
  Unsqueeze: {
    'in the middle': (s) => [s.b.add('Unsqueeze', [s.float('B=2', 3), s.b.integers([1, 2])])],
    empty: (s) => [s.b.add('Unsqueeze', [s.float('B=0', 3), s.b.integers([0])])],
  },
  Squeeze: {
    'in the middle': (s) => [s.b.add('Squeeze', [s.float('B=2', 1, 3, 1), s.b.integers([1, 3])])],
    empty: (s) => [s.b.add('Squeeze', [s.float('B=0', 1, 3), s.b.integers([1])])],
  },
  Concat: {
    'the first axis': (s) => [s.b.add('Concat', [s.float(2, 3), s.float('B=1', 3), s.float(3, 3)], { attributes: { axis: int(0) } })],
    'the last of four, one part empty': (s) => [
      s.b.add('Concat', [s.float(1, 2, 'T=2', 'S=0'), s.float(1, 2, 'T=2', 'U=3')], { attributes: { axis: int(3) } }),
    ],
    'one value twice': (s) => {
      const x = s.float('B=2', 3)
      return [s.b.add('Concat', [x, x], { attributes: { axis: int(1) } })]
    },
    empty: (s) => [s.b.add('Concat', [s.float('B=0', 3), s.float('B=0', 2)], { attributes: { axis: int(1) } })],
  },
  Split: {
    'every part used': (s) => split(s, [2, 5], 1, [2, 3]),
    'one part used': (s) => split(s, [2, 5, 3], 1, [1, 3, 1]).slice(1, 2),
    'one part empty': (s) => split(s, ['B=3', 4], 1, [0, 4]),
    'no rows': (s) => split(s, ['B=0', 4], 1, [1, 3]),
  },
  Gather: {
    'rows of a table, some twice': (s) => [
      s.b.add('Gather', [s.float('R=3', 4), s.integers(3, 'B=2', 'T=4')], { attributes: { axis: int(0) } }),
    ],
    'blocks of a tensor': (s) => [s.b.add('Gather', [s.float('R=4', 2, 3), s.integers(4, 'M=3')], { attributes: { axis: int(0) } })],
    'one row': (s) => [s.b.add('Gather', [s.float('R=1', 4), s.integers(1, 'M=5')])],
    'by indices in int32': (s) => [
      s.b.add('Gather', [s.float('R=3', 4), s.b.add('Cast', [s.integers(3, 'M=5')], { attributes: { to: int(6) } })]),
    ],
    'no rows taken': (s) => [s.b.add('Gather', [s.float('R=3', 4), s.integers(3, 'M=0')], { attributes: { axis: int(0) } })],
  },
}

/** Operators that round: what they compute has no useful derivative, and the rule gives that of the `smooth` nodes. */
const straightThrough: Record<string, Record<string, { draw: Draw; smooth: Draw }>> = {
  LinearInt8: { tokens: int8Layer('B=2', 'T=3', 6), 'no tokens': int8Layer('B=2', 'T=0', 6) },
}

const cases: Partial<Record<string, Record<string, { draw: Draw; smooth: Draw }>>> = {
  ...straightThrough,
  ...Object.fromEntries(
    Object.entries(exact).map(([op, draws]) => [
      op,
      Object.fromEntries(Object.entries(draws).map(([name, draw]) => [name, { draw, smooth: draw }])),
    ]),
  ),
}

const differentiable = Object.entries<Operator>(operators).flatMap(([op, { gradient }]) => (gradient === undefined ? [] : [op]))

describe.each(differentiable)('the gradient of %s is that of finite differences', (op) => {
  const rows = Object.entries(cases[op] ?? {})

  test('has cases, an empty tensor among them', () => {
    const empty = rows.filter(([, { draw }]) => {
      const sketch = new Sketch(1)
      draw(sketch)
      return Object.values(sketch.feeds).some(({ data }) => data.length === 0)
    })
    expect(empty.length, `${op} has a gradient rule, and the table above no case of an empty tensor for it`).toBeGreaterThan(0)
    expect(rows.length).toBeGreaterThan(empty.length)
  })

  test.each(rows)('%s', async (_, { draw, smooth }) => {
    for (const seed of [1, 2]) await expectGradients(draw, seed, smooth)
  })
})

describe('the gradient of LinearInt8 is that of the float layer with the dequantized weights, but for rounding', () => {
  const both = async (...sizes: readonly Size[]) => {
    const { draw, smooth } = int8Layer(...sizes)
    const [quantized, float] = [await gradientsOf(draw, 3), await gradientsOf(smooth, 3)]
    await Promise.all([quantized.forward.release(), float.forward.release()])
    return [quantized, float].map(({ gradients }) => floatOutput(gradients, 'input0'))
  }

  test('on tokens', async () => {
    const [quantized, float] = await both('B=2', 'T=3', 6)
    expect(quantized!.dims).toEqual([2, 3, 6])
    expect(relativeError(quantized!.data, float!.data)).toBeLessThan(1e-2)
    expect(quantized!.data).not.toEqual(float!.data) // its product is in int8 too
  })

  test('on none', async () => {
    const [quantized] = await both('B=2', 'T=0', 6)
    expect(quantized!.dims).toEqual([2, 0, 6])
  })
})
