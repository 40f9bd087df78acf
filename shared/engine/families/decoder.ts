import type { ModelSizes } from '../../formats/model-card.ts'
import { type FloatTensor, float32, int64, type Tensors } from '../../tensor.ts'
import type { Family, ReadyPrompt, Row } from './family.ts'
import { pastNames, prefixOf, presentNames, spreadPrefixes } from './key-values.ts'
import { roundUp } from './padding.ts'

/**
 * Decoders: a position sees those before it, so a prompt's keys and values do not depend on the text after it. A table is compiled to
 * them once; a prefix is them.
 */
export const decoder: Family = {
  peftTaskType: 'CAUSAL_LM',
  /** The output at the last position, which has seen the whole row. */
  readouts: ['last'],
  kinds: { table: 'compiled', prefix: { fedTo: pastNames } },
  compilation: { feeds: compilationFeeds, outputs: presentNames },
  /** The text's positions follow those of the prompt. */
  positionOffsets: (_kind, P) => [P],
  inputs: (sizes) => ['input_ids', 'prompt_table', 'attention_mask', 'position_ids', 'answer_positions', 'logit_rows', ...pastNames(sizes)],
  feeds,
}

function feeds(rows: readonly Row[], prompts: readonly ReadyPrompt[], sizes: ModelSizes, minPast = 0): Tensors {
  const B = rows.length
  const K = rows[0]?.positions?.length ?? 1
  const prefixes = prompts.map(prefixOf)
  const T = roundUp(Math.max(...rows.map(({ inputIds }) => inputIds.length)))
  const S = roundUp(Math.max(minPast, ...prefixes.map((prefix) => prefix?.length ?? 0)))
  const inputIds = new BigInt64Array(B * T)
  const positionIds = new BigInt64Array(B * T)
  const attentionMask = new BigInt64Array(B * (S + T))
  const answers = new BigInt64Array(B * K)
  rows.forEach((row, b) => {
    const n = prompts.length === 1 ? 0 : b
    const past = prefixes[n]?.length ?? 0
    const { positionOffset } = prompts[n] as ReadyPrompt
    const length = row.inputIds.length
    attentionMask.fill(1n, b * (S + T), b * (S + T) + past)
    attentionMask.fill(1n, b * (S + T) + S, b * (S + T) + S + length)
    for (let t = 0; t < length; t++) {
      inputIds[b * T + t] = BigInt(row.inputIds[t] as number)
      positionIds[b * T + t] = BigInt(positionOffset + t)
    }
    const { positions = [length - 1] } = row
    positions.forEach((position, k) => {
      answers[b * K + k] = BigInt(position)
    })
  })
  return {
    input_ids: int64([B, T], inputIds),
    prompt_table: float32([1, sizes.hidden]),
    attention_mask: int64([B, S + T], attentionMask),
    position_ids: int64([B, T], positionIds),
    answer_positions: int64([B, K], answers),
    logit_rows: int64([0]),
    ...spreadPrefixes(prefixes, pastNames(sizes), S, sizes),
  }
}

/** One row of the virtual tokens V … V + P − 1. `table` [P, H]. */
function compilationFeeds(table: FloatTensor, sizes: ModelSizes, minPast = 0): Tensors {
  const P = table.dims[0] as number
  const [T, S] = [roundUp(P), roundUp(minPast)]
  const count = (from: number) => BigInt64Array.from({ length: T }, (_, t) => (t < P ? BigInt(from + t) : 0n))
  return {
    input_ids: int64([1, T], count(sizes.vocabulary)),
    prompt_table: table,
    attention_mask: int64(
      [1, S + T],
      BigInt64Array.from({ length: S + T }, (_, t) => (t >= S && t < S + P ? 1n : 0n)),
    ),
    position_ids: int64([1, T], count(0)),
    answer_positions: int64([1, 0]),
    logit_rows: int64([0]),
    ...spreadPrefixes([null], pastNames(sizes), S, sizes),
  }
}
