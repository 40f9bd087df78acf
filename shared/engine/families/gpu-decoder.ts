import { float32, int64, type Tensor, type Tensors } from '../../tensor.ts'
import { decoder } from './decoder.ts'
import type { Family } from './family.ts'
import { pastNames } from './key-values.ts'
import { unseen } from './padding.ts'

/**
 * A decoder whose graph is fed what it would work out in int64, for which WebGPU has no arithmetic: who sees whom, and where the answers
 * lie. The rest is a decoder's, and so are its prompts.
 */
export const gpuDecoder: Family = {
  ...decoder,
  compilation: { ...decoder.compilation, feeds: (...given) => ready(decoder.compilation.feeds(...given)) },
  inputs: (sizes) => [
    ...['input_ids', 'prompt_table', 'attention_bias', 'answer_bias', 'position_ids'],
    ...['answer_rows', 'answer_position_ids', 'logit_rows', ...pastNames(sizes)],
  ],
  feeds: (...given) => ready(decoder.feeds(...given)),
}

/** What a decoder's graph is fed, worked out. No answer wanted is one at the first position, as WebGPU takes no tensors without elements. */
function ready(feeds: Tensors): Tensors {
  const [ids, mask, positionIds, wanted] = (['input_ids', 'attention_mask', 'position_ids', 'answer_positions'] as const).map((name) => integers(feeds, name)) as [Int64Tensor, Int64Tensor, Int64Tensor, Int64Tensor] // biome-ignore format: a table
  const [B, T] = ids.dims as [number, number]
  const S = (mask.dims[1] as number) - T
  const K = Math.max(1, wanted.dims[1] as number)
  const answers = Array.from({ length: B * K }, (_, i) => Number(wanted.data[i] ?? 0))
  /** [B, 1, Q, S + T]: 0 where a position may look, `unseen` elsewhere. */
  const bias = (Q: number, positionAt: (row: number) => number) => {
    const seen = float32([B, 1, Q, S + T])
    for (let row = 0; row < B * Q; row++) {
      const [b, last] = [Math.floor(row / Q), S + positionAt(row)]
      for (let s = 0; s < S + T; s++) {
        if (s > last || mask.data[b * (S + T) + s] === 0n) seen.data[row * (S + T) + s] = unseen
      }
    }
    return seen
  }
  const rows = answers.map((position, i) => Math.floor(i / K) * T + position)
  const { attention_mask: _, answer_positions: __, ...rest } = feeds
  return {
    ...rest,
    attention_bias: bias(T, (row) => row % T),
    answer_bias: bias(K, (row) => answers[row] as number),
    answer_rows: int64([B, K], BigInt64Array.from(rows, BigInt)),
    answer_position_ids: int64(
      [B, K],
      BigInt64Array.from(rows, (row) => positionIds.data[row] as bigint),
    ),
  }
}

type Int64Tensor = Extract<Tensor, { type: 'int64' }>

function integers(feeds: Tensors, name: string): Int64Tensor {
  const tensor = feeds[name]
  if (tensor?.type !== 'int64') throw new Error(`a decoder is fed no whole numbers as ${name}`)
  return tensor
}
