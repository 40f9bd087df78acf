import { domains } from '../graph.ts'
import { mul } from './arithmetic.ts'
import { bodyNode } from './body-node.ts'
import { likeFirstInput } from './like.ts'
import type { Operator } from './operator.ts'

/** y = x · s with s = sigmoid(x): dx = g · (s + y · (1 − s)). */
export const SiLU: Operator = {
  domain: domains.softprompt,
  shape: likeFirstInput,
  gradient: ({ inputs: [x = ''], outputs: [y = ''] }, [g = ''], b) => [
    () => {
      const s = b.add('Sigmoid', [x]) // the forward's own: ONNX Runtime computes it once
      return mul(b, g, b.add('Add', [s, mul(b, y, b.add('Sub', [b.floats(1), s]))]))
    },
  ],
  body: {
    inputs: ['x'],
    outputs: ['y'],
    nodes: [bodyNode('Sigmoid', ['x'], 's'), bodyNode('Mul', ['x', 's'], 'y')],
  },
}
