import { describe, expect, test } from 'vitest'
import { GraphBuilder } from '../../../trainer/onnx/builder.ts'
import { inline, int, ints } from '../../../trainer/onnx/graph.ts'

describe('GraphBuilder', () => {
  test('keeps a constant once', () => {
    const b = new GraphBuilder()
    expect(b.floats(1)).toBe(b.floats(1))
    expect(new Set([b.floats(1), b.floats([1]), b.integers(1), b.integers([1]), b.floats([1], [1, 1]), b.floats(-1)]).size).toBe(6)
    expect(b.build().initializers.size).toBe(6)
  })

  test('names values that are not there, or are there already', () => {
    const b = new GraphBuilder()
    b.input('x', 'float32', [2])
    expect(() => b.add('Neg', ['y'])).toThrow('value y is not in the graph')
    expect(() => b.output('y')).toThrow('value y is not in the graph')
    expect(() => b.input('x', 'float32', [2])).toThrow('value x is already in the graph')
    expect(() => b.add('Neg', ['x'], { name: 'x' })).toThrow('value x is already in the graph')
  })

  test('names operators whose shape is not known', () => {
    const b = new GraphBuilder()
    b.input('x', 'float32', [2, 3])
    expect(() => b.add('Frobnicate', ['x'])).toThrow('operator Frobnicate has no shape rule')
    expect(() => b.add('Frobnicate', ['x'], { shape: [2] })).toThrow('it is not in the table of operators')
    expect(() => b.add('toString', ['x'])).toThrow('operator toString has no shape rule')
    expect(() => b.add('Reshape', ['x', b.integers([-1])], { name: 'flat' })).toThrow(
      'the shape of Reshape flat depends on values and must be given',
    )
    expect(() => b.add('MatMul', ['x', 'x'])).toThrow('shapes [2,3] and [2,3] do not multiply')
    expect(() => b.add('Add', ['x', b.floats([1, 2])])).toThrow('shapes [2,3] and [2] do not broadcast')
  })

  test('names nodes that have not as many inputs and outputs as their operator', () => {
    const b = new GraphBuilder()
    b.input('x', 'float32', [2, 3])
    expect(() => b.add('MatMul', ['x'], { name: 'y' })).toThrow('input 1 of MatMul y is missing')
    expect(() => b.addAll('Neg', ['x'], 2)).toThrow('Neg was added with 2 outputs, and its shape rule gives 1')
    expect(() => b.add('SimplifiedLayerNormalization', ['x', b.floats([1, 1, 1])])).toThrow(
      'was added with 1 outputs, and its shape rule gives 2',
    )
    expect(b.build().nodes).toEqual([])
  })

  test('gives each operator its domain, and the graph the bodies of our own: each once, and what is used first last', () => {
    const b = new GraphBuilder()
    const x = b.input('x', 'float32', ['B', 'T', 2])
    const weight = b.initializer('weight', inline('int8', [2, 2], [1, 2, 3, 4]))
    const layer = (builder: GraphBuilder, value: string) => builder.add('LinearInt8', [value, weight, b.floats([1, 1])])
    const names = (builder: GraphBuilder) => builder.build().functions.map(({ domain, name }) => `${domain}.${name}`)
    expect(names(b)).toEqual([])
    const y = b.add('SiLU', [layer(b, b.add('Neg', [x]))])
    layer(b, b.add('SiLU', [y]))
    expect(b.nodes.map(({ domain }) => domain)).toEqual(['', 'softprompt', 'softprompt', 'softprompt', 'softprompt'])
    expect(names(b)).toEqual(['softprompt.SiLU', 'softprompt.LinearInt8'])

    const next = GraphBuilder.from(b.build())
    next.add('SiLU', [layer(next, y)])
    expect(names(next)).toEqual(['softprompt.SiLU', 'softprompt.LinearInt8'])
  })

  test('never takes a name twice, going on from another graph', () => {
    const first = new GraphBuilder()
    const y = first.add('Neg', [first.input('x', 'float32', ['B', 'N', 2])])
    const second = GraphBuilder.from(first.build(), { N: 1 })
    const z = second.add('Neg', [y])
    expect(z).not.toBe(y)
    expect(second.shapeOf(z)).toEqual(['B', 1, 2])
    expect(first.build().nodes).toHaveLength(1)
    expect(second.build().outputs).toEqual([])
  })

  test('transposes back without a node', () => {
    const b = new GraphBuilder()
    const x = b.input('x', 'float32', ['B', 'T', 2])
    const transposed = b.transpose(x)
    expect(b.shapeOf(transposed)).toEqual(['B', 2, 'T'])
    expect(b.transpose(transposed)).toBe(x)
    expect(GraphBuilder.from(b.build()).transpose(transposed)).toBe(x)
    const moved = b.add('Transpose', [x], { attributes: { perm: ints([1, 0, 2]) } })
    expect(b.transpose(moved)).not.toBe(x)
  })

  test('splits along an axis', () => {
    const b = new GraphBuilder()
    const x = b.input('x', 'float32', ['B', 'S+T', 2])
    const parts = b.split(x, 1, [b.dimension(b.input('past', 'float32', ['S']), 0), b.integers([3])], ['S', 3])
    expect(parts.map((part) => b.shapeOf(part))).toEqual([
      ['B', 'S', 2],
      ['B', 3, 2],
    ])
    expect(b.shapeOf(b.add('Concat', parts, { attributes: { axis: int(1) } }))).toEqual(['B', 'S+3', 2])
  })
})
