import type { GraphBuilder } from '../../onnx/builder.ts'
import { type Dims, int } from '../../onnx/graph.ts'
import { type AttentionHeads, withGroupAxis } from './attention-heads.ts'
import type { KeyValue } from './key-value-interface.ts'

/** Who asks, and what may be looked at. */
export interface Attention {
  readonly layout: AttentionHeads
  /** [B, heads, Q, head size], in groups where there are groups, already times 1/√(head size). */
  readonly query: string
  /** [N, kv heads, S, head size] each: N is 1 or B. */
  readonly past: KeyValue
  /** [B, kv heads, T, head size] each. */
  readonly text: KeyValue
  /** Added to the scores, which are [B, …, Q, S + T]. */
  readonly seen: string
  /** The name of the asking axis, and the lengths of the others, each a list of one int64. */
  readonly Q: string
  readonly S: string
  readonly T: string
}

/**
 * softmax(query · keysᵀ + seen) · values: [B, …, Q, head size]. Past and present keys are multiplied apart, so that a longer padding of
 * one never moves the other's sums.
 */
export function attention(b: GraphBuilder, { layout, query, past, text, seen, Q, S, T }: Attention): string {
  const { heads, keyValueHeads, headSize } = layout
  /**
   * Keys or values as the second factor of a product. One that is a single matrix ONNX Runtime would multiply with all rows of a batch at
   * once, in another order of additions than with one row: a lone head of keys and values is repeated for each of the heads.
   */
  const grouped = (value: string) => {
    const apart = withGroupAxis(b, value, layout)
    if (keyValueHeads > 1 || heads === 1) return apart
    return b.add('Concat', Array<string>(heads).fill(apart), { attributes: { axis: int(2) } }) // [B, 1, heads, …]
  }
  /** A product whose second factor may be one for the whole batch (N = 1). */
  const multiply = (a: string, factor: string, columns: string | number) => {
    const shape: Dims = [...(heads === keyValueHeads ? ['B', heads] : ['B', keyValueHeads, heads / keyValueHeads]), Q, columns]
    return b.add('MatMul', [a, factor], { shape })
  }

  const pastScores = multiply(query, b.transpose(grouped(past.key)), 'S') // [B, …, Q, S]
  const textScores = multiply(query, b.transpose(grouped(text.key)), 'T') // [B, …, Q, T]
  const axis = b.rankOf(query) - 1
  const scores = b.add('Concat', [pastScores, textScores], { attributes: { axis: int(axis) } })
  const seenScores = b.add('Add', [scores, seen])
  const probabilities = b.add('Softmax', [seenScores], { attributes: { axis: int(axis) } })
  const [toPast, toText] = b.split(probabilities, axis, [S, T], ['S', 'T']) as [string, string]
  return b.add('Add', [multiply(toPast, grouped(past.value), headSize), multiply(toText, grouped(text.value), headSize)])
}
