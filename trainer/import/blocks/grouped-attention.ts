import type { GraphBuilder } from '../../onnx/builder.ts'
import { type Dims, int } from '../../onnx/graph.ts'
import type { Weights } from '../weights/weights.ts'
import { atAnswers, positionsOfAnswers } from './answer-positions.ts'
import { type AttentionHeads, fromHeads, toGroups, toHeads, withGroupAxis } from './attention-heads.ts'
import type { Visibility } from './causal-visibility.ts'
import type { DecoderInputs, LayerKeyValues } from './decoder-interface.ts'
import { type RotaryTables, rotate } from './rotary.ts'

/** The names of a layer's four matrices, [out, in] each. */
export interface AttentionMatrices {
  readonly query: string
  readonly key: string
  readonly value: string
  readonly output: string
}

/** What a layer's attention needs besides its input and its weights. */
export interface AttentionContext {
  readonly heads: AttentionHeads
  readonly inputs: DecoderInputs
  readonly keyValues: LayerKeyValues
  readonly rotary: RotaryTables
  readonly visible: Visibility
  /** The positions that ask, [B, K]; null where all of them do. */
  readonly asking: string | null
}

/**
 * Attention of `x` [B, T, H] to the past and to itself: [B, Q, H], where Q is T or K. Past and present keys are multiplied apart, so that a
 * longer padding of one never moves the other's sums; queries carry the 1/√(head size) in their weights. Ainslie et al. 2023.
 */
export function groupedAttention(
  b: GraphBuilder,
  weights: Weights,
  x: string,
  matrices: AttentionMatrices,
  { heads: layout, inputs, keyValues, rotary, visible, asking }: AttentionContext,
): string {
  const { heads, keyValueHeads, headSize } = layout
  const { positionIds, S, T } = inputs
  const { past, present } = keyValues
  const Q = asking === null ? 'T' : 'K'
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

  const keys = rotate(b, weights.linear(b, x, matrices.key), positionIds, rotary)
  const key = toHeads(b, keys, keyValueHeads, headSize, present.key) // [B, kv heads, T, head size]
  const value = toHeads(b, weights.linear(b, x, matrices.value), keyValueHeads, headSize, present.value)
  const asked = asking === null ? x : atAnswers(b, x, asking) // [B, Q, H]
  const positions = asking === null ? positionIds : positionsOfAnswers(b, positionIds, asking)
  const scaled = weights.linear(b, asked, matrices.query, headSize ** -0.5)
  const query = toGroups(b, toHeads(b, rotate(b, scaled, positions, rotary), heads, headSize), layout, Q)

  const pastScores = multiply(query, b.transpose(grouped(past.key)), 'S') // [B, …, Q, S]
  const textScores = multiply(query, b.transpose(grouped(key)), 'T') // [B, …, Q, T]
  const axis = b.rankOf(query) - 1
  const scores = b.add('Concat', [pastScores, textScores], { attributes: { axis: int(axis) } })
  const seenScores = b.add('Add', [scores, asking === null ? visible.text : visible.answers])
  const probabilities = b.add('Softmax', [seenScores], { attributes: { axis: int(axis) } })
  const [toPast, toText] = b.split(probabilities, axis, [S, T], ['S', 'T']) as [string, string]
  const context = b.add('Add', [multiply(toPast, grouped(past.value), headSize), multiply(toText, grouped(value), headSize)])
  return weights.linear(b, fromHeads(b, context, layout, Q), matrices.output)
}
