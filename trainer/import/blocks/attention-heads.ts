import type { GraphBuilder } from '../../onnx/builder.ts'
import { ints } from '../../onnx/graph.ts'

/** How a layer's attention is divided: `heads` ask, and `heads / keyValueHeads` of them share keys and values. */
export interface AttentionHeads {
  readonly heads: number
  readonly keyValueHeads: number
  readonly headSize: number
}

/** value [B, Q, n · head size] → [B, n, Q, head size]. `output` names the result. */
export function toHeads(b: GraphBuilder, value: string, n: number, headSize: number, output?: string): string {
  const split = b.add('Reshape', [value, b.integers([0, 0, n, headSize])])
  const attributes = { perm: ints([0, 2, 1, 3]) }
  return b.add('Transpose', [split], output === undefined ? { attributes } : { attributes, name: output })
}

/** query [B, heads, Q, head size] → [B, kv heads, groups, Q, head size] where there are groups. */
export function toGroups(b: GraphBuilder, query: string, { heads, keyValueHeads, headSize }: AttentionHeads, Q: string): string {
  const groups = heads / keyValueHeads
  if (groups === 1) return query
  const shape = ['B', keyValueHeads, groups, Q, headSize]
  return b.add('Reshape', [query, b.integers([0, keyValueHeads, groups, -1, headSize])], { shape })
}

/** Keys, values or visibility with an axis of 1 for the groups, where there are groups: [B, n, …] → [B, n, 1, …]. */
export function withGroupAxis(b: GraphBuilder, value: string, { heads, keyValueHeads }: AttentionHeads): string {
  return heads === keyValueHeads ? value : b.add('Unsqueeze', [value, b.integers([2])])
}

/** [B, heads, Q, head size], or [B, kv heads, groups, Q, head size], → [B, Q, heads · head size]. */
export function fromHeads(b: GraphBuilder, value: string, { heads, keyValueHeads, headSize }: AttentionHeads, Q: string): string {
  const shape = ['B', heads, Q, headSize]
  const apart = heads === keyValueHeads ? value : b.add('Reshape', [value, b.integers([0, heads, -1, headSize])], { shape })
  const together = b.add('Transpose', [apart], { attributes: { perm: ints([0, 2, 1, 3]) } })
  return b.add('Reshape', [together, b.integers([0, 0, heads * headSize])])
}
