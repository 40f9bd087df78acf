import type { GraphBuilder } from '../../onnx/builder.ts'
import type { Weights } from '../weights/weights.ts'
import { type Answers, atAnswers } from './answer-positions.ts'
import { attention } from './attention.ts'
import { type AttentionHeads, fromHeads, toGroups, toHeads } from './attention-heads.ts'
import type { Visibility } from './causal-visibility.ts'
import type { DecoderInputs } from './decoder-interface.ts'
import type { LayerKeyValues } from './key-value-interface.ts'
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
  readonly inputs: Pick<DecoderInputs, 'positionIds' | 'S' | 'T'>
  readonly keyValues: LayerKeyValues
  readonly rotary: RotaryTables
  readonly visible: Visibility
  /** The positions that ask; null where all of them do. */
  readonly asking: Answers | null
}

/**
 * Attention of `x` [B, T, H] to the past and to itself: [B, Q, H], where Q is T or K. Queries carry the 1/√(head size) in their weights.
 * Ainslie et al. 2023.
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

  const keys = rotate(b, weights.linear(b, x, matrices.key), positionIds, rotary)
  const key = toHeads(b, keys, keyValueHeads, headSize, present.key) // [B, kv heads, T, head size]
  const value = toHeads(b, weights.linear(b, x, matrices.value), keyValueHeads, headSize, present.value)
  const asked = asking === null ? x : atAnswers(b, x, asking.rows) // [B, Q, H]
  const positions = asking === null ? positionIds : asking.positions()
  const scaled = weights.linear(b, asked, matrices.query, headSize ** -0.5)
  const query = toGroups(b, toHeads(b, rotate(b, scaled, positions, rotary), heads, headSize), layout, Q)

  const seen = asking === null ? visible.text : visible.answers
  const context = attention(b, { layout, query, past, text: { key, value }, seen, Q, S, T })
  return weights.linear(b, fromHeads(b, context, layout, Q), matrices.output)
}
