import { describe, expect, test } from 'vitest'
import { decoder } from '../../../../shared/engine/families/decoder.ts'
import type { Row } from '../../../../shared/engine/families/family.ts'
import { pastNames } from '../../../../shared/engine/families/key-values.ts'
import { roundUp } from '../../../../shared/engine/families/padding.ts'
import { type Prefix, prefixElements } from '../../../../shared/formats/prefix.ts'
import { type FloatTensor, float32, type Tensor } from '../../../../shared/tensor.ts'
import { seededRandom } from '../../../../trainer/random.ts'
import { behind } from '../../../fixtures/model-session.ts'

const sizes = { vocabulary: 100, hidden: 6, layers: 2, heads: 4, keyValueHeads: 3, headSize: 2, context: 256 }
const random = seededRandom(3)
const below = (limit: number) => Math.floor(random() * limit)
const integers = (tensor: Tensor | undefined) => Array.from(tensor!.data as BigInt64Array, Number)

const randomPrefix = (length: number): Prefix => ({
  length,
  keyValues: Float32Array.from({ length: prefixElements(length, sizes) }, () => 1 + random()),
})
/** A row with the prefix that it stands behind. */
interface PrefixedRow extends Row {
  readonly prefix: Prefix | null
}
function randomRow(): PrefixedRow {
  const inputIds = Array.from({ length: 1 + below(40) }, () => 1 + below(99))
  return { inputIds, prefix: below(3) === 0 ? null : randomPrefix(1 + below(30)) }
}
/** What is fed for rows each behind its own prefix. */
const feeds = (rows: readonly PrefixedRow[]) => decoder.feeds(rows, rows.map(({ prefix }) => behind(prefix)), sizes) // biome-ignore format: one thought
const { feeds: compilationFeeds } = decoder.compilation

/** One row's part of a [B, width] tensor. */
const rowOf = (tensor: Tensor | undefined, b: number) => integers(tensor).slice(b * tensor!.dims[1]!, (b + 1) * tensor!.dims[1]!)

describe('a batch', () => {
  test('is padded to lengths that a row alone would have or more, always in whole steps', () => {
    for (let i = 0; i < 100; i++) {
      const rows = Array.from({ length: 1 + below(5) }, randomRow)
      const inputs = feeds(rows)
      const [B, T] = inputs.input_ids!.dims as [number, number]
      const S = inputs.attention_mask!.dims[1]! - T
      expect(B).toBe(rows.length)
      expect(T).toBe(roundUp(Math.max(...rows.map(({ inputIds }) => inputIds.length))))
      expect(S).toBe(roundUp(Math.max(...rows.map(({ prefix }) => prefix?.length ?? 0))))
      expect([T % 16, S % 16]).toEqual([0, 0])
      expect(inputs.position_ids!.dims).toEqual([B, T])
      expect(inputs.answer_positions!.dims).toEqual([B, 1])
      expect(inputs.logit_rows!.dims).toEqual([0])
    }
  })

  test('has each row’s ids first, its mask over what is real alone, and positions that count only that', () => {
    for (let i = 0; i < 100; i++) {
      const rows = Array.from({ length: 1 + below(5) }, randomRow)
      const inputs = feeds(rows)
      const T = inputs.input_ids!.dims[1]!
      rows.forEach(({ inputIds, prefix }, b) => {
        const [past, n] = [prefix?.length ?? 0, inputIds.length]
        expect(rowOf(inputs.input_ids, b)).toEqual([...Array.from(inputIds), ...Array(T - n).fill(0)])
        const mask = rowOf(inputs.attention_mask, b)
        const S = mask.length - T
        expect(mask).toEqual([...Array(past).fill(1), ...Array(S - past).fill(0), ...Array(n).fill(1), ...Array(T - n).fill(0)])
        expect(rowOf(inputs.position_ids, b).slice(0, n)).toEqual(Array.from({ length: n }, (_, t) => past + t))
        expect(rowOf(inputs.answer_positions, b)).toEqual([n - 1])
      })
    }
  })

  test('has each row’s prefix in its past, zero behind it', () => {
    const rows = [
      randomRow(),
      { ...randomRow(), prefix: randomPrefix(5) },
      { ...randomRow(), prefix: randomPrefix(20) },
      { ...randomRow(), prefix: null },
    ]
    const inputs = feeds(rows)
    pastNames(sizes).forEach((name, part) => {
      const { dims, data } = inputs[name] as FloatTensor
      const [B, kv, S, D] = dims as [number, number, number, number]
      expect([B, kv, D]).toEqual([4, sizes.keyValueHeads, sizes.headSize])
      rows.forEach(({ prefix }, b) => {
        for (let head = 0; head < kv; head++) {
          for (let s = 0; s < S; s++) {
            for (let d = 0; d < D; d++) {
              const P = prefix?.length ?? 0
              const wanted = s < P ? prefix!.keyValues[((part * kv + head) * P + s) * D + d] : 0
              expect(data[((b * kv + head) * S + s) * D + d]).toBe(wanted)
            }
          }
        }
      })
    })
  })

  test('behind one prompt carries it once', () => {
    const rows = [randomRow(), randomRow(), randomRow()]
    const prefix = randomPrefix(7)
    const [shared, each] = [decoder.feeds(rows, [behind(prefix)], sizes), feeds(rows.map((row) => ({ ...row, prefix })))]
    for (const name of pastNames(sizes)) {
      expect(shared[name]!.dims).toEqual([1, 3, 16, 2])
      expect(each[name]!.dims).toEqual([3, 3, 16, 2])
    }
    for (const name of ['input_ids', 'position_ids', 'attention_mask', 'answer_positions']) expect(shared[name]).toEqual(each[name])
  })

  test('wants the positions that its rows name, else the last of each', () => {
    const rows = [
      { inputIds: [1, 2, 3], positions: [0, 2] },
      { inputIds: [4, 5], positions: [1, 0] },
    ]
    expect(decoder.feeds(rows, [behind(null)], sizes).answer_positions).toEqual({
      type: 'int64',
      dims: [2, 2],
      data: BigInt64Array.of(0n, 2n, 1n, 0n),
    })
  })

  test('without prefixes has a past of no positions', () => {
    const inputs = feeds([{ inputIds: [1, 2], prefix: null }])
    for (const name of pastNames(sizes)) expect(inputs[name]!.dims).toEqual([1, 3, 0, 2])
    expect(inputs.attention_mask!.dims).toEqual([1, 16])
  })
})

describe('compiling a prompt', () => {
  test.each([1, 5, 15, 16, 17, 32, 500])('of %i virtual tokens feeds them in order from V on', (P) => {
    const promptTable = float32([P, sizes.hidden])
    const inputs = compilationFeeds(promptTable, sizes)
    const T = roundUp(P)
    const count = (from: number) => [...Array.from({ length: P }, (_, p) => from + p), ...Array(T - P).fill(0)]
    expect(integers(inputs.input_ids)).toEqual(count(sizes.vocabulary))
    expect(integers(inputs.position_ids)).toEqual(count(0))
    expect(integers(inputs.attention_mask)).toEqual([...Array(P).fill(1), ...Array(T - P).fill(0)])
    expect(inputs.answer_positions!.dims).toEqual([1, 0])
    expect(inputs.prompt_table).toBe(promptTable)
  })
})

test('takes just the inputs that it feeds', () => {
  expect(Object.keys(feeds([randomRow()])).sort()).toEqual([...decoder.inputs(sizes)].sort())
})
