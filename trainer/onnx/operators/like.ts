import { int } from '../graph.ts'
import type { Builder, ShapeRule } from './operator.ts'

/** One output, with the type and shape of the first input. */
export const likeFirstInput: ShapeRule = (_, { input }) => [input(0)]

/** A float32 tensor of zeros as large as `value`. */
export function zerosLike(b: Builder, value: string): string {
  return b.add('Expand', [b.floats(0), b.add('Shape', [value])], { shape: b.shapeOf(value) })
}

/** The numbers of `source` in the shape of `value`. */
export function reshapeLike(b: Builder, source: string, value: string): string {
  // a length of 0 is meant as such, not as "copy the length of this axis"
  return b.add('Reshape', [source, b.add('Shape', [value])], { attributes: { allowzero: int(1) }, shape: b.shapeOf(value) })
}
