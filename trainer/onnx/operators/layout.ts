import { type Dim, int, intAttribute, ints, intsAttribute } from '../graph.ts'
import { broadcast } from './broadcasting.ts'
import { reshapeLike } from './like.ts'
import type { GradientRule, Operator } from './operator.ts'

/** The same numbers in the same order: so are their gradients. */
const reshapeBack: GradientRule = ({ inputs: [x = ''] }, [g = ''], b) => [() => reshapeLike(b, g, x), null]

export const Reshape: Operator = {
  shape: (_, { input, constant }) => {
    const target = constant(1)
    if (target === null || target.includes(-1)) return null
    const { type, shape } = input(0)
    return [{ type, shape: target.map((dim, axis) => (dim === 0 ? (shape[axis] as Dim) : dim)) }]
  },
  gradient: reshapeBack,
}

export const Unsqueeze: Operator = {
  shape: (_, { input, constant }) => {
    const axes = constant(1)
    if (axes === null) return null
    const { type, shape } = input(0)
    const rest = [...shape]
    const rank = shape.length + axes.length
    return [{ type, shape: Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : (rest.shift() as Dim))) }]
  },
  gradient: reshapeBack,
}

export const Squeeze: Operator = {
  shape: (_, { input, constant }) => {
    const axes = constant(1)
    if (axes === null) return null
    const { type, shape } = input(0)
    return [{ type, shape: shape.filter((_, axis) => !axes.includes(axis)) }]
  },
  gradient: reshapeBack,
}

export const Transpose: Operator = {
  shape: (node, { input }) => {
    const { type, shape } = input(0)
    return [{ type, shape: intsAttribute(node, 'perm').map((axis) => shape[axis] as Dim) }]
  },
  gradient: (node, [g = ''], b) => [
    () => {
      const perm = intsAttribute(node, 'perm')
      return b.add('Transpose', [g], { attributes: { perm: ints(perm.map((_, axis) => perm.indexOf(axis))) } })
    },
  ],
}

export const Concat: Operator = {
  shape: (node, { inputs, input }) => {
    const axis = intAttribute(node, 'axis', 0)
    const { type, shape } = input(0)
    return [{ type, shape: shape.map((dim, i) => (i === axis ? inputs.map((part) => part.shape[axis] as Dim).reduce(sumOfLengths) : dim)) }]
  },
  gradient: (node, [g = ''], b) => {
    const axis = intAttribute(node, 'axis', 0)
    let parts: string[] | undefined
    const split = () =>
      b.split(
        g,
        axis,
        node.inputs.map((input) => b.dimension(input, axis)),
        node.inputs.map((input) => b.shapeOf(input)[axis] as Dim),
      )
    return node.inputs.map((_, i) => () => {
      parts ??= split()
      return parts[i] as string
    })
  },
}

export const Split: Operator = {
  shape: () => null, // the lengths of the parts are values
  gradient: (node, gradients, b) => [
    () =>
      b.add('Concat', gradients, { attributes: { axis: int(intAttribute(node, 'axis', 0)) }, shape: b.shapeOf(node.inputs[0] as string) }),
    null,
  ],
}

export const Expand: Operator = {
  shape: (_, { input, constant }) => {
    const target = constant(1)
    const { type, shape } = input(0)
    return target === null ? null : [{ type, shape: broadcast(shape, target) }]
  },
}

function sumOfLengths(a: Dim, b: Dim): Dim {
  return typeof a === 'number' && typeof b === 'number' ? a + b : `${a}+${b}`
}
