import { int, intAttribute, string } from '../graph.ts'
import { likeFirstInput, zerosLike } from './like.ts'
import type { Builder, Operator } from './operator.ts'
import { requireAttribute } from './require-attribute.ts'

export const Gather: Operator = {
  shape: (node, { input }) => {
    const axis = intAttribute(node, 'axis', 0)
    const { type, shape } = input(0)
    return [{ type, shape: [...shape.slice(0, axis), ...input(1).shape, ...shape.slice(axis + 1)] }]
  },
  /** The gradients of rows that are taken more than once add up. */
  gradient: (node, [g = ''], b) => {
    requireAttribute(node, 'axis', 0, [0])
    const [x = '', indices = ''] = node.inputs
    return [
      () => {
        const places = b.add('Unsqueeze', [inInt64(b, indices), b.integers([b.rankOf(indices)])])
        return b.add('ScatterND', [zerosLike(b, x), places, g], { attributes: { reduction: string('add') } })
      },
      null,
    ]
  },
}

export const ScatterND: Operator = { shape: likeFirstInput }

/** Indices as ScatterND takes them: Gather takes int32 as well. */
function inInt64(b: Builder, indices: string): string {
  return b.typeOf(indices).type === 'int64' ? indices : b.add('Cast', [indices], { attributes: { to: int(7) } })
}
