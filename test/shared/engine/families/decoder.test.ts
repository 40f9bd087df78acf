import { describe, expect, test } from 'vitest'
import {
  batchInputs,
  lengthStep,
  type Prefix,
  pastNames,
  prefixElements,
  prefixFromOutputs,
  prefixInputs,
  presentNames,
  type Row,
  roundUp,
  spreadPrefixes,
} from '../../../../shared/engine/families/decoder.ts'
import { type FloatTensor, float32, type Tensor } from '../../../../shared/tensor.ts'
import { seededRandom } from '../../../../trainer/random.ts'

const sizes = { vocabulary: 100, hidden: 6, layers: 2, heads: 4, keyValueHeads: 3, headSize: 2, context: 256 }
const random = seededRandom(3)
const below = (limit: number) => Math.floor(random() * limit)
const integers = (tensor: Tensor | undefined) => Array.from(tensor!.data as BigInt64Array, Number)

const randomPrefix = (length: number): Prefix => ({
  length,
  keyValues: Float32Array.from({ length: prefixElements(length, sizes) }, () => 1 + random()),
})
function randomRow(): Row {
  const inputIds = Array.from({ length: 1 + below(40) }, () => 1 + below(99))
  return { inputIds, answer: inputIds.length - 1, prefix: below(3) === 0 ? null : randomPrefix(1 + below(30)) }
}

/** One row's part of a [B, width] tensor. */
const rowOf = (tensor: Tensor | undefined, b: number) => integers(tensor).slice(b * tensor!.dims[1]!, (b + 1) * tensor!.dims[1]!)

describe('a batch', () => {
  test('is padded to lengths that a row alone would have or more, always in whole steps', () => {
    for (let i = 0; i < 100; i++) {
      const rows = Array.from({ length: 1 + below(5) }, randomRow)
      const inputs = batchInputs(rows, sizes)
      const [B, T] = inputs.input_ids!.dims as [number, number]
      const S = inputs.attention_mask!.dims[1]! - T
      expect(B).toBe(rows.length)
      expect(T).toBe(roundUp(Math.max(...rows.map(({ inputIds }) => inputIds.length))))
      expect(S).toBe(roundUp(Math.max(...rows.map(({ prefix }) => prefix?.length ?? 0))))
      expect([T % lengthStep, S % lengthStep]).toEqual([0, 0])
      expect(inputs.position_ids!.dims).toEqual([B, T])
      expect(inputs.answer_positions!.dims).toEqual([B, 1])
      expect(inputs.logit_rows!.dims).toEqual([0])
    }
  })

  test('has each row’s ids first, its mask over what is real alone, and positions that count only that', () => {
    for (let i = 0; i < 100; i++) {
      const rows = Array.from({ length: 1 + below(5) }, randomRow)
      const inputs = batchInputs(rows, sizes)
      const T = inputs.input_ids!.dims[1]!
      rows.forEach(({ inputIds, prefix, answer }, b) => {
        const [past, n] = [prefix?.length ?? 0, inputIds.length]
        expect(rowOf(inputs.input_ids, b)).toEqual([...Array.from(inputIds), ...Array(T - n).fill(0)])
        const mask = rowOf(inputs.attention_mask, b)
        const S = mask.length - T
        expect(mask).toEqual([...Array(past).fill(1), ...Array(S - past).fill(0), ...Array(n).fill(1), ...Array(T - n).fill(0)])
        expect(rowOf(inputs.position_ids, b).slice(0, n)).toEqual(Array.from({ length: n }, (_, t) => past + t))
        expect(rowOf(inputs.answer_positions, b)).toEqual([answer])
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
    const inputs = batchInputs(rows, sizes)
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

  test('whose rows share a prefix carries it once', () => {
    const prefix = randomPrefix(7)
    const shared = batchInputs(
      [randomRow(), randomRow(), randomRow()].map((row) => ({ ...row, prefix })),
      sizes,
    )
    const equal = batchInputs(
      [randomRow(), randomRow()].map((row) => ({ ...row, prefix: { ...prefix } })),
      sizes,
    )
    for (const name of pastNames(sizes)) {
      expect(shared[name]!.dims).toEqual([1, 3, 16, 2])
      expect(equal[name]!.dims).toEqual([2, 3, 16, 2]) // equal, but not known to be the same
    }
  })

  test('without prefixes has a past of no positions', () => {
    const inputs = batchInputs([{ inputIds: [1, 2], answer: 1, prefix: null }], sizes)
    for (const name of pastNames(sizes)) expect(inputs[name]!.dims).toEqual([1, 3, 0, 2])
    expect(inputs.attention_mask!.dims).toEqual([1, 16])
  })
})

describe('compiling a prompt', () => {
  test.each([1, 5, 15, 16, 17, 32, 500])('of %i virtual tokens feeds them in order from V on', (P) => {
    const promptTable = float32([P, sizes.hidden])
    const inputs = prefixInputs(promptTable, sizes)
    const T = roundUp(P)
    const count = (from: number) => [...Array.from({ length: P }, (_, p) => from + p), ...Array(T - P).fill(0)]
    expect(integers(inputs.input_ids)).toEqual(count(sizes.vocabulary))
    expect(integers(inputs.position_ids)).toEqual(count(0))
    expect(integers(inputs.attention_mask)).toEqual([...Array(P).fill(1), ...Array(T - P).fill(0)])
    expect(inputs.answer_positions!.dims).toEqual([1, 0])
    expect(inputs.prompt_table).toBe(promptTable)
  })

  test('takes the prefix out of the outputs, the padding left behind; spreading it again is the inverse', () => {
    for (const P of [1, 5, 16, 21]) {
      const prefix = randomPrefix(P)
      const outputs = spreadPrefixes([prefix], presentNames(sizes), roundUp(P), sizes)
      for (const name of presentNames(sizes)) {
        const { data, dims } = outputs[name] as FloatTensor // what is behind a prefix in the outputs is anything but zero
        for (let i = 0; i < data.length; i++) if (Math.floor(i / sizes.headSize) % dims[2]! >= P) data[i] = Number.NaN
      }
      expect(prefixFromOutputs(outputs, P, sizes)).toEqual(prefix)
    }
  })
})

test('keys and values are named layer by layer, in the order of a prefix', () => {
  expect(pastNames(sizes)).toEqual(['past_key_values.0.key', 'past_key_values.0.value', 'past_key_values.1.key', 'past_key_values.1.value'])
  expect(presentNames(sizes)).toEqual(['present.0.key', 'present.0.value', 'present.1.key', 'present.1.value'])
  expect(prefixElements(5, sizes)).toBe(2 * 2 * 3 * 5 * 2)
})

test('lengths are rounded up to whole steps', () => {
  expect([0, 1, 15, 16, 17, 33].map(roundUp)).toEqual([0, 16, 16, 16, 32, 48])
})
