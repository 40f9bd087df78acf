import { intAttribute } from '../graph.ts'
import type { Operator, ShapeRule } from './operator.ts'
import { requireAttribute } from './require-attribute.ts'

const reduction: ShapeRule = (node, { input, constant }) => {
  const { type, shape } = input(0)
  const axes = node.inputs.length > 1 ? constant(1) : shape.map((_, axis) => axis)
  if (axes === null) return null
  const keep = intAttribute(node, 'keepdims', 1) === 1
  return [{ type, shape: shape.flatMap((dim, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [dim])) }]
}

export const ReduceSum: Operator = {
  shape: reduction,
  gradient: (node, [g = ''], b) => {
    const [x = ''] = node.inputs
    requireAttribute(node, 'keepdims', 1, [1])
    return [() => b.add('Expand', [g, b.add('Shape', [x])], { shape: b.shapeOf(x) }), null]
  },
}

export const ReduceMean: Operator = { shape: reduction }
export const ReduceMax: Operator = { shape: reduction }
