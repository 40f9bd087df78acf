import { describe, expect, test } from 'vitest'
import { floatOutput } from '../../../shared/tensor.ts'
import { addGradients } from '../../../trainer/autodiff/gradient.ts'
import { GraphBuilder } from '../../../trainer/onnx/builder.ts'
import { float, inline, int } from '../../../trainer/onnx/graph.ts'
import * as operators from '../../../trainer/onnx/operators/table.ts'
import { type Draw, expectGradients, gradientsOf } from '../../fixtures/finite-differences.ts'

/** Adds the gradients of `wanted`, where that of `value` is a new input. */
function gradient(b: GraphBuilder, value: string, wanted: readonly string[]) {
  return addGradients(b, new Map([[value, b.input(`gradient.${value}`, 'float32', b.shapeOf(value))]]), wanted)
}

describe('addGradients', () => {
  test.each<[string, Draw]>([
    [
      'adds up what a value does by several ways',
      (s) => {
        const x = s.float(2, 3)
        const product = s.b.add('Mul', [x, s.b.add('Neg', [x])])
        return [s.b.add('Sub', [product, s.b.transpose(s.b.transpose(x))])]
      },
    ],
    [
      'takes several losses at once, one of which another is made of',
      (s) => {
        const square = s.b.add('Mul', [s.float(2, 3), s.float(3)])
        return [square, s.b.add('Mul', [square, square])]
      },
    ],
    [
      'goes round what is no number',
      (s) => {
        const x = s.float('B=2', 3)
        const length = s.b.add('Cast', [s.b.dimension(x, 0)], { attributes: { to: int(1) } })
        return [s.b.add('Mul', [x, length])]
      },
    ],
  ])('%s', (_, draw) => expectGradients(draw, 7))

  test('gives zeros for a value on which the loss does not depend', async () => {
    const { gradients, forward } = await gradientsOf((s) => {
      s.float('T=2', 3)
      return [s.b.add('Neg', [s.float(2)])]
    }, 8)
    expect(gradients.input0!.dims).toEqual([2, 3])
    expect(Array.from(floatOutput(gradients, 'input0').data)).toEqual([0, 0, 0, 0, 0, 0])
    await forward.release()
  })

  test('gives the gradient of a weight and of a value in between', () => {
    const b = new GraphBuilder()
    const weight = b.initializer('weight', inline('float32', [3, 2], [1, 2, 3, 4, 5, 6]))
    const between = b.add('Neg', [b.input('x', 'float32', ['B', 3])])
    const gradients = gradient(b, b.add('MatMul', [between, weight]), [weight, between])
    expect(b.shapeOf(gradients.get(weight)!)).toEqual([3, 2])
    expect(b.shapeOf(gradients.get(between)!)).toEqual(['B', 3])
  })

  test('adds no nodes for what nobody wants', () => {
    const b = new GraphBuilder()
    const [x, y] = [b.input('x', 'float32', [2, 3]), b.input('y', 'float32', [3, 4])]
    const product = b.add('MatMul', [x, y])
    const before = b.nodes.length
    gradient(b, product, [x])
    expect(b.nodes.slice(before).filter(({ op }) => op === 'MatMul')).toHaveLength(1)
  })

  test('names the node whose operator has no rule', () => {
    expect(operators.Sqrt).not.toHaveProperty('gradient')
    const b = new GraphBuilder()
    const root = b.add('Sqrt', [b.input('x', 'float32', [2])], { name: 'the root' })
    const loss = b.add('Neg', [root])
    expect(() => gradient(GraphBuilder.from(b.build()), loss, ['x'])).toThrow('operator Sqrt (node the root) has no gradient rule')
    expect(() => gradient(b, loss, [root])).not.toThrow() // nothing wanted lies behind it
  })

  test('names the node whose input has no gradient, and the node that is used by more than its first output', () => {
    const b = new GraphBuilder()
    const weight = b.initializer('weight', inline('int8', [2, 2], [1, 2, 3, 4]))
    const scale = b.initializer('scale', inline('float32', [2], [1, 1]))
    const y = b.add('LinearInt8', [b.input('x', 'float32', [1, 1, 2]), weight, scale], { name: 'the layer' })
    expect(() => gradient(b, y, [scale])).toThrow('operator LinearInt8 (node the layer) has no gradient for its input scale')

    const attributes = { axis: int(-1), epsilon: float(1e-5), stash_type: int(1) }
    const [, inverse = ''] = b.addAll('SimplifiedLayerNormalization', [b.add('Neg', ['x']), scale], 2, { attributes, name: 'the norm' })
    expect(() => gradient(b, inverse, ['x'])).toThrow(
      'operator SimplifiedLayerNormalization (node the norm) has a gradient rule for its first output alone',
    )
  })
})

/** A graph with an input x [3] and a table [4]. */
function start() {
  const b = new GraphBuilder()
  const x = b.input('x', 'float32', [3])
  const table = b.initializer('table', inline('float32', [4], [1, 2, 3, 4]))
  return { b, x, table }
}

const cast = (b: GraphBuilder, value: string, to: number, name = `${value} cast`) =>
  b.add('Cast', [value], { attributes: { to: int(to) }, name })
const [toFloat32, toInt64] = [1, 7]

describe('a value between the wanted one and the loss that is not float32 is an error that names where float32 is left', () => {
  test.each<[string, (graph: ReturnType<typeof start>) => string, string]>([
    [
      'an index',
      ({ b, x, table }) => b.add('Gather', [table, cast(b, x, toInt64, 'whole')]),
      'value whole, which Cast (node whole) makes of x, leaves float32 on the way to the loss: it is int64,',
    ],
    [
      'a condition',
      ({ b, x }) => b.add('Where', [b.add('Less', [x, b.floats(0)], { name: 'below' }), b.floats(1), b.floats([4, 5, 6])]),
      'value below, which Less (node below) makes of x, leaves float32 on the way to the loss: it is bool,',
    ],
    [
      'a number cast to and fro',
      ({ b, x }) => cast(b, cast(b, x, toInt64, 'whole'), toFloat32),
      'value whole, which Cast (node whole) makes of x,',
    ],
    [
      'an index that is reckoned with first',
      ({ b, x, table }) => {
        const negative = b.add('Neg', [x], { name: 'negative' })
        const next = b.add('Add', [b.integers(1), cast(b, negative, toInt64, 'whole')])
        return b.add('Neg', [b.add('Gather', [table, next])])
      },
      'value whole, which Cast (node whole) makes of negative,',
    ],
    [
      'one way of two',
      ({ b, x }) => b.add('Mul', [x, cast(b, cast(b, x, toInt64, 'whole'), toFloat32)]),
      'value whole, which Cast (node whole) makes of x,',
    ],
  ])('%s', (_, draw, message) => {
    const graph = start()
    const loss = draw(graph)
    expect(() => gradient(graph.b, loss, ['x'])).toThrow(message)
  })
})

describe('a value that is not float32 is no error', () => {
  test('where it never reaches the loss', () => {
    const { b, x, table } = start()
    const square = b.add('Mul', [x, x])
    b.add('Gather', [table, cast(b, square, toInt64)])
    expect(() => gradient(b, square, ['x'])).not.toThrow()
  })

  test('before what is wanted and behind the loss', () => {
    const { b, x, table } = start()
    const rows = b.add('Gather', [table, cast(b, x, toInt64)])
    const loss = b.add('Neg', [rows])
    b.add('Gather', [table, cast(b, loss, toInt64)])
    expect(() => gradient(b, loss, [rows])).not.toThrow()
  })

  test('where only its shape reaches the loss', () => {
    const { b, x } = start()
    const length = b.dimension(cast(b, x, toInt64), 0)
    const loss = b.add('Mul', [x, cast(b, length, toFloat32)])
    expect(() => gradient(b, loss, ['x'])).not.toThrow()
  })
})

test('an operator without a rule is an error also where it keeps float32', () => {
  const { b, x } = start()
  const loss = b.add('Neg', [cast(b, x, toFloat32, 'the same')])
  expect(() => gradient(b, loss, ['x'])).toThrow('operator Cast (node the same) has no gradient rule')
})
