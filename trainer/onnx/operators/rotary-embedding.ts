import { domains } from '../graph.ts'
import { likeFirstInput } from './like.ts'
import type { Operator } from './operator.ts'
import { requireAttribute } from './require-attribute.ts'

/** x [B, T, n · head size] turned by the angles of positions [B, T], whose cos and sin are tables [context, head size / 2]. */
export const RotaryEmbedding: Operator = {
  domain: domains.microsoft,
  shape: likeFirstInput,
  /** A rotation's gradient is turned back by the same angle. */
  gradient: (node, [g = ''], b) => {
    const [, positions = '', cos = '', sin = ''] = node.inputs
    requireAttribute(node, 'interleaved', 0, [0])
    return [() => b.add('RotaryEmbedding', [g, positions, cos, b.add('Neg', [sin])]), null, null, null]
  },
}
