import { describe, expect, test } from 'vitest'
import { elementCount, float32, int64, type Tensors } from '../../../../shared/tensor.ts'
import { GraphBuilder } from '../../../../trainer/onnx/builder.ts'
import { type Attribute, type Dims, type ElementType, float, inline, int, ints } from '../../../../trainer/onnx/graph.ts'
import * as operators from '../../../../trainer/onnx/operators/table.ts'
import { openGraph } from '../../../fixtures/graph-session.ts'

const lengths: Record<string, number> = { B: 2, T: 3, S: 4, M: 0, 'S+T': 7 }

/** Adds a node on new inputs and gives the values whose types are held against ONNX Runtime's. */
type Draw = (b: GraphBuilder) => readonly string[]

const x = (b: GraphBuilder, ...shape: Dims) => b.input(`x${b.build().inputs.length}`, 'float32', shape)
const ids = (b: GraphBuilder, ...shape: Dims) => b.input(`x${b.build().inputs.length}`, 'int64', shape)
const bool = (b: GraphBuilder, ...shape: Dims) => b.add('Cast', [ids(b, ...shape)], { attributes: { to: int(9) } })
const one =
  (op: string, attributes: Record<string, Attribute> = {}): Draw =>
  (b) => [b.add(op, [x(b, 'B', 'T', 6)], { attributes })]
const two =
  (op: string, make = x): Draw =>
  (b) => [b.add(op, [make(b, 'B', 1, 6), make(b, 'T', 6)]), b.add(op, [make(b, 5), make(b, 'M', 'B', 5)])]
const reduce =
  (op: string): Draw =>
  (b) => [
    b.add(op, [x(b, 'B', 'T', 6), b.integers([0, 2])], { attributes: { keepdims: int(1) } }),
    b.add(op, [x(b, 'B', 'T', 6), b.integers([1])], { attributes: { keepdims: int(0) } }),
  ]

const zeros = (type: ElementType, shape: readonly number[]) => inline(type, shape, Array<number>(elementCount(shape)).fill(0))
/** Two rows of two blocks of 32 numbers of 8 bits. */
const blocks = (b: GraphBuilder) => b.initializer('blocks', zeros('uint8', [2, 2, 32]))

const cases: Partial<Record<string, Draw>> = {
  Add: two('Add'),
  Sub: two('Sub'),
  Mul: two('Mul'),
  Div: two('Div'),
  Min: two('Min', ids),
  Max: two('Max', ids),
  And: two('And', bool),
  Less: two('Less'),
  LessOrEqual: two('LessOrEqual', ids),
  Equal: two('Equal', ids),
  Where: (b) => [b.add('Where', [bool(b, 'B', 1, 1), x(b, 'T', 6), x(b, 6)])],
  Abs: one('Abs'),
  Neg: one('Neg'),
  Exp: one('Exp'),
  Log: one('Log'),
  Sqrt: one('Sqrt'),
  Reciprocal: one('Reciprocal'),
  Sigmoid: one('Sigmoid'),
  Erf: one('Erf'),
  Gelu: one('Gelu'),
  HardSigmoid: one('HardSigmoid'),
  Tanh: one('Tanh'),
  SiLU: one('SiLU'),
  Identity: one('Identity'),
  Softmax: one('Softmax', { axis: int(2) }),
  LogSoftmax: one('LogSoftmax', { axis: int(2) }),
  RotaryEmbedding: (b) => {
    const table = (name: string) =>
      b.initializer(
        name,
        inline(
          'float32',
          [9, 3],
          Array.from({ length: 27 }, () => 0.5),
        ),
      )
    return [b.add('RotaryEmbedding', [x(b, 'B', 'T', 6), ids(b, 'B', 'T'), table('cos'), table('sin')])]
  },
  ScatterND: (b) => [b.add('ScatterND', [x(b, 'S', 6), ids(b, 'B', 'T', 1), x(b, 'B', 'T', 6)])],
  Cast: (b) => [1, 2, 3, 6, 7, 9].map((to) => b.add('Cast', [x(b, 'B', 6)], { attributes: { to: int(to) } })),
  SimplifiedLayerNormalization: (b) => {
    const weight = b.initializer('weight', inline('float32', [6], [1, 2, 3, 4, 5, 6]))
    return b.addAll('SimplifiedLayerNormalization', [x(b, 'B', 'M', 6), weight], 2, {
      attributes: { axis: int(-1), epsilon: float(1e-5), stash_type: int(1) },
    })
  },
  LayerNormalization: (b) => {
    const vector = (name: string) => b.initializer(name, inline('float32', [6], [1, 2, 3, 4, 5, 6]))
    return b.addAll('LayerNormalization', [x(b, 'B', 'M', 6), vector('weight'), vector('bias')], 3, {
      attributes: { axis: int(-1), epsilon: float(1e-5), stash_type: int(1) },
    })
  },
  ReduceSum: reduce('ReduceSum'),
  ReduceMean: reduce('ReduceMean'),
  ReduceMax: reduce('ReduceMax'),
  MatMul: (b) => [b.add('MatMul', [x(b, 'B', 'T', 6), x(b, 6, 'S')]), b.add('MatMul', [x(b, 'B', 2, 'T', 6), x(b, 1, 2, 6, 'M')])],
  LinearInt8: (b) => {
    const weight = b.initializer(
      'weight',
      inline(
        'int8',
        [6, 2],
        Array.from({ length: 12 }, (_, i) => i),
      ),
    )
    return [b.add('LinearInt8', [x(b, 'B', 'T', 6), weight, b.initializer('scale', inline('float32', [2], [1, 1]))])]
  },
  MatMulNBits: (b) => {
    const attributes = { N: int(2), K: int(64), bits: int(8), block_size: int(32), accuracy_level: int(0) }
    return [b.add('MatMulNBits', [x(b, 'B', 'T', 64), blocks(b), b.initializer('scale', zeros('float32', [2, 2]))], { attributes })]
  },
  GatherBlockQuantized: (b) => {
    const attributes = { bits: int(8), block_size: int(32), gather_axis: int(0), quantize_axis: int(2) }
    const scale = b.initializer('scale', zeros('float32', [2, 2, 1]))
    return [b.add('GatherBlockQuantized', [blocks(b), ids(b, 'B', 'T'), scale], { attributes })]
  },
  Transpose: (b) => [b.add('Transpose', [x(b, 'B', 'T', 6, 1)], { attributes: { perm: ints([3, 1, 0, 2]) } })],
  Unsqueeze: (b) => [b.add('Unsqueeze', [x(b, 'B', 6), b.integers([0, 3])])],
  Squeeze: (b) => [b.add('Squeeze', [x(b, 1, 'B', 1, 6), b.integers([0, 2])])],
  Reshape: (b) => [b.add('Reshape', [x(b, 'B', 'T', 6), b.integers([0, 0, 2, 3])])],
  Concat: (b) => [
    b.add('Concat', [x(b, 2, 'S'), x(b, 2, 'T')], { attributes: { axis: int(1) } }),
    b.add('Concat', [x(b, 2, 'B'), x(b, 3, 'B')], { attributes: { axis: int(0) } }),
  ],
  Split: (b) => {
    const past = x(b, 'S')
    return b.split(x(b, 'B', 'S+T', 6), 1, [b.dimension(past, 0), b.integers([3])], ['S', 'T'])
  },
  Expand: (b) => [
    b.add('Expand', [x(b, 'B', 1, 6), b.integers([5, 1, 3, 1])]),
    b.add('Expand', [x(b, 1, 6), b.add('Shape', [x(b, 'B', 6)])], { shape: ['B', 6] }),
  ],
  Range: (b) => {
    const end = b.add('Squeeze', [b.dimension(x(b, 'B', 'T'), 1), b.integers([0])])
    return [b.add('Range', [b.integers(0), end, b.integers(1)], { shape: ['T'] })]
  },
  Gather: (b) => [
    b.add('Gather', [x(b, 'S', 6), ids(b, 'B', 'T')], { attributes: { axis: int(0) } }),
    b.add('Gather', [x(b, 6, 'S'), ids(b, 'M', 'B')], { attributes: { axis: int(1) } }),
  ],
  Shape: (b) => [b.dimension(x(b, 'B', 'T', 6), 1), b.add('Shape', [x(b, 'B', 'T', 6)])],
}

describe.each(Object.keys(operators))('%s has the type and shape', (op) => {
  test('that it has when it runs', async () => {
    const b = new GraphBuilder()
    const draw = cases[op]
    if (draw === undefined) throw new Error(`${op} is in the table of operators and has no case above`)
    const values = draw(b)
    const described = values.map((value) => b.typeOf(value))
    // ONNX Runtime refuses a graph whose values have other types than described; numbers come out as float32 or int64
    const outputs = values.map((value) =>
      ['float32', 'int64'].includes(b.typeOf(value).type) ? value : b.add('Cast', [value], { attributes: { to: int(7) } }),
    )
    for (const output of outputs) b.output(output)
    const graph = b.build()
    const feeds = graph.inputs.map((name): [string, Tensors[string]] => {
      const { type, shape } = b.typeOf(name)
      const dims = shape.map(lengthOf)
      return [name, type === 'int64' ? int64(dims) : float32(dims, new Float32Array(elementCount(dims)).fill(0.5))]
    })
    const session = await openGraph(graph)
    const results = await session.run(Object.fromEntries(feeds))
    expect(outputs.map((output) => results[output]!.dims)).toEqual(described.map(({ shape }) => shape.map(lengthOf)))
    await session.release()
  })
})

function lengthOf(dim: Dims[number]): number {
  const length = typeof dim === 'number' ? dim : lengths[dim]
  if (length === undefined) throw new Error(`no length is given for ${dim}`)
  return length
}
