import type { Dims } from '../graph.ts'
import { reshapeLike } from './like.ts'
import type { Builder, ShapeRule } from './operator.ts'

/** One output, of the first input's type, with the shape that all inputs broadcast to. */
export const broadcasting: ShapeRule = (_, { inputs, input }) => [{ type: input(0).type, shape: broadcastAll(inputs) }]

/** The shape that several values broadcast to, as numpy does it. */
export function broadcastAll(values: readonly { readonly shape: Dims }[]): Dims {
  return values.map(({ shape }) => shape).reduce(broadcast)
}

/** The shape that two shapes broadcast to. Throws where they do not. */
export function broadcast(a: Dims, b: Dims): Dims {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const [x, y] = [a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1]
    if (x === y || y === 1) return x
    if (x === 1) return y
    throw new Error(`shapes [${a}] and [${b}] do not broadcast`)
  })
}

/** `gradient` summed over the axes along which `value` was broadcast: it has the shape of `value`. */
export function reduceTo(b: Builder, gradient: string, value: string): string {
  const [from, to] = [b.shapeOf(gradient), b.shapeOf(value)]
  const added = from.length - to.length
  const axes = from.flatMap((dim, axis) => (axis < added || (to[axis - added] === 1 && dim !== 1) ? [axis] : []))
  const summed = axes.length === 0 ? gradient : b.sum(gradient, axes)
  return added === 0 ? summed : reshapeLike(b, summed, value)
}
