import type { Node } from '../graph.ts'
import { mul } from './arithmetic.ts'
import { likeFirstInput } from './like.ts'
import type { Builder, Operator } from './operator.ts'
import { requireAttribute } from './require-attribute.ts'

/** p = softmax(x): dx = p · (g − Σ g·p). */
export const Softmax: Operator = {
  shape: likeFirstInput,
  gradient: (node, [g = ''], b) => [
    () => {
      const [p = ''] = node.outputs
      const expected = b.sum(mul(b, g, p), [onlyLastAxis(node, b)])
      return mul(b, p, b.add('Sub', [g, expected]))
    },
  ],
}

/** y = log softmax(x): dx = g − exp(y) · Σ g. */
export const LogSoftmax: Operator = {
  shape: likeFirstInput,
  gradient: (node, [g = ''], b) => [
    () => {
      const p = b.add('Exp', [node.outputs[0] as string])
      return b.add('Sub', [g, mul(b, p, b.sum(g, [onlyLastAxis(node, b)]))])
    },
  ],
}

/** The last axis, along which a softmax must go. */
function onlyLastAxis(node: Node, b: Builder): number {
  const last = b.rankOf(node.outputs[0] as string) - 1
  requireAttribute(node, 'axis', -1, [-1, last])
  return last
}
