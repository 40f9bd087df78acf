import type { Dims } from '../graph.ts'
import { broadcast, reduceTo } from './broadcasting.ts'
import type { Operator } from './operator.ts'

export const MatMul: Operator = {
  shape: (_, { input }) => [{ type: input(0).type, shape: matMulShape(input(0).shape, input(1).shape) }],
  gradient: ({ inputs: [x = '', y = ''] }, [g = ''], b) => [
    () => reduceTo(b, b.add('MatMul', [g, b.transpose(y)]), x),
    () => reduceTo(b, b.add('MatMul', [b.transpose(x), g]), y),
  ],
}

/** [.., n, k] times [.., k, m] → [.., n, m]. Throws where the shapes do not multiply. */
export function matMulShape(a: Dims, b: Dims): Dims {
  const [rows, inner, inner2, columns] = [a.at(-2), a.at(-1), b.at(-2), b.at(-1)]
  if (rows === undefined || columns === undefined || inner !== inner2) throw new Error(`shapes [${a}] and [${b}] do not multiply`)
  return [...broadcast(a.slice(0, -2), b.slice(0, -2)), rows, columns]
}
