import type { GraphBuilder } from '../builder.ts'
import { int, intAttribute, ints, intsAttribute, type Node, text } from '../graph.ts'

/** Adds the nodes of one input's gradient and returns its value; called only where that gradient is wanted. */
type InputGradient = () => string

/**
 * d loss / d input for each input of a node, given d loss / d output for each output. An entry a input; null where none
 * exists. Gradients have their input's shape.
 */
export type GradientRule = (node: Node, gradients: readonly string[], b: GraphBuilder) => readonly (InputGradient | null)[]

export const rules: Record<string, GradientRule> = {
  Add: ({ inputs: [x = '', y = ''] }, [g = ''], b) => [() => reduceTo(b, g, x), () => reduceTo(b, g, y)],
  Sub: ({ inputs: [x = '', y = ''] }, [g = ''], b) => [() => reduceTo(b, g, x), () => reduceTo(b, b.add('Neg', [g]), y)],
  Mul: ({ inputs: [x = '', y = ''] }, [g = ''], b) => [() => reduceTo(b, mul(b, g, y), x), () => reduceTo(b, mul(b, g, x), y)],
  Neg: (_, [g = ''], b) => [() => b.add('Neg', [g])],
  Where: ({ inputs: [condition = '', x = '', y = ''] }, [g = ''], b) => [
    null,
    () => reduceTo(b, b.add('Where', [condition, g, b.floats(0)]), x),
    () => reduceTo(b, b.add('Where', [condition, b.floats(0), g]), y),
  ],

  MatMul: ({ inputs: [x = '', y = ''] }, [g = ''], b) => [
    () => reduceTo(b, b.add('MatMul', [g, b.transpose(y)]), x),
    () => reduceTo(b, b.add('MatMul', [b.transpose(x), g]), y),
  ],
  /** Straight through the rounding: the gradient of the float layer with the dequantized weights. */
  LinearInt8: ({ inputs: [, weight = '', scale = ''] }, [g = ''], b) => [
    () => {
      const dequantized = mul(b, b.add('Cast', [weight], { attributes: { to: int(1) } }), scale) // [in, out]
      return b.add('MatMul', [g, b.transpose(dequantized)])
    },
    null,
    null,
  ],

  /** y = x · s with s = sigmoid(x): dx = g · (s + y · (1 − s)). */
  SiLU: ({ inputs: [x = ''], outputs: [y = ''] }, [g = ''], b) => [
    () => {
      const s = b.add('Sigmoid', [x]) // the forward's own: ONNX Runtime computes it once
      return mul(b, g, b.add('Add', [s, mul(b, y, b.add('Sub', [b.floats(1), s]))]))
    },
  ],
  Softmax: (node, [g = ''], b) => [
    () => {
      const [p = ''] = node.outputs
      const expected = b.sum(mul(b, g, p), [onlyLastAxis(node, b)])
      return mul(b, p, b.add('Sub', [g, expected]))
    },
  ],
  LogSoftmax: (node, [g = ''], b) => [
    () => {
      const p = b.add('Exp', [node.outputs[0] as string])
      return b.add('Sub', [g, mul(b, p, b.sum(g, [onlyLastAxis(node, b)]))])
    },
  ],
  /** y = x · r · w with r = 1 / √(mean(x²) + ε), the second output: dx = r · (g·w − x · r² · mean(g·w·x)). */
  SimplifiedLayerNormalization: ({ inputs: [x = '', w = ''], outputs: [, r = ''] }, [g = ''], b) => {
    const axis = b.rankOf(x) - 1
    return [
      () => {
        const gw = mul(b, g, w)
        const mean = b.add('ReduceMean', [mul(b, gw, x), b.integers([axis])], { attributes: { keepdims: int(1) } })
        return mul(b, r, b.add('Sub', [gw, mul(b, x, mul(b, mul(b, r, r), mean))]))
      },
      () => reduceTo(b, mul(b, g, mul(b, x, r)), w),
    ]
  },
  /** A rotation's gradient is turned back by the same angle. */
  RotaryEmbedding: (node, [g = ''], b) => {
    const [, positions = '', cos = '', sin = ''] = node.inputs
    expectAttribute(node, 'interleaved', 0, [0])
    return [() => b.add('RotaryEmbedding', [g, positions, cos, b.add('Neg', [sin])]), null, null, null]
  },

  ReduceSum: (node, [g = ''], b) => {
    const [x = ''] = node.inputs
    expectAttribute(node, 'keepdims', 1, [1])
    return [() => b.add('Expand', [g, b.add('Shape', [x])], { shape: b.shapeOf(x) }), null]
  },
  Transpose: (node, [g = ''], b) => [
    () => {
      const perm = intsAttribute(node, 'perm')
      return b.add('Transpose', [g], { attributes: { perm: ints(perm.map((_, axis) => perm.indexOf(axis))) } })
    },
  ],
  Reshape: ({ inputs: [x = ''] }, [g = ''], b) => [() => likeShape(b, g, x), null],
  Unsqueeze: ({ inputs: [x = ''] }, [g = ''], b) => [() => likeShape(b, g, x), null],
  Squeeze: ({ inputs: [x = ''] }, [g = ''], b) => [() => likeShape(b, g, x), null],
  Concat: (node, [g = ''], b) => {
    const axis = intAttribute(node, 'axis', 0)
    let parts: string[] | undefined
    const split = () =>
      b.split(
        g,
        axis,
        node.inputs.map((input) => b.dimension(input, axis)),
        node.inputs.map((input) => b.shapeOf(input)[axis] as number),
      )
    return node.inputs.map((_, i) => () => {
      parts ??= split()
      return parts[i] as string
    })
  },
  Split: (node, gradients, b) => [
    () =>
      b.add('Concat', gradients, { attributes: { axis: int(intAttribute(node, 'axis', 0)) }, shape: b.shapeOf(node.inputs[0] as string) }),
    null,
  ],
  /** Rows taken more than once add up. */
  Gather: (node, [g = ''], b) => {
    expectAttribute(node, 'axis', 0, [0])
    const [x = '', indices = ''] = node.inputs
    return [
      () => {
        const places = b.add('Unsqueeze', [indices, b.integers([b.rankOf(indices)])])
        return b.add('ScatterND', [zerosLike(b, x), places, g], { attributes: { reduction: text('add') } })
      },
      null,
    ]
  },
}

/** A float32 tensor of zeros as large as `value`. */
export function zerosLike(b: GraphBuilder, value: string): string {
  return b.add('Expand', [b.floats(0), b.add('Shape', [value])], { shape: b.shapeOf(value) })
}

/** `gradient` summed over the axes along which `value` was broadcast. */
function reduceTo(b: GraphBuilder, gradient: string, value: string): string {
  const [from, to] = [b.shapeOf(gradient), b.shapeOf(value)]
  const added = from.length - to.length
  const axes = from.flatMap((dim, axis) => (axis < added || (to[axis - added] === 1 && dim !== 1) ? [axis] : []))
  const summed = axes.length === 0 ? gradient : b.sum(gradient, axes)
  return added === 0 ? summed : likeShape(b, summed, value)
}

function likeShape(b: GraphBuilder, gradient: string, value: string): string {
  // a length of 0 is meant as such, not as "copy the length of this axis"
  return b.add('Reshape', [gradient, b.add('Shape', [value])], { attributes: { allowzero: int(1) }, shape: b.shapeOf(value) })
}

function mul(b: GraphBuilder, x: string, y: string): string {
  return b.add('Mul', [x, y])
}

/** The last axis, along which a softmax must go. */
function onlyLastAxis(node: Node, b: GraphBuilder): number {
  const last = b.rankOf(node.outputs[0] as string) - 1
  expectAttribute(node, 'axis', -1, [-1, last])
  return last
}

/** Throws where a node's attribute asks for what its rule does not know. */
function expectAttribute(node: Node, name: string, preset: number, known: readonly number[]): void {
  const value = intAttribute(node, name, preset)
  if (!known.includes(value)) throw new Error(`${node.op} ${node.outputs[0]} has no gradient with ${name} = ${value}`)
}
