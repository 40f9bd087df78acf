import { expect, test } from 'vitest'
import { decoder } from '../../../../shared/engine/families/decoder.ts'
import type { Row } from '../../../../shared/engine/families/family.ts'
import { gpuDecoder } from '../../../../shared/engine/families/gpu-decoder.ts'
import { unseen } from '../../../../shared/engine/families/padding.ts'
import { prefixElements } from '../../../../shared/formats/prefix.ts'
import { float32 } from '../../../../shared/tensor.ts'
import { behind } from '../../../fixtures/model-session.ts'

const sizes = { vocabulary: 100, hidden: 6, layers: 2, heads: 4, keyValueHeads: 2, headSize: 2, context: 256 }
const prefix = behind({ length: 3, keyValues: new Float32Array(prefixElements(3, sizes)).fill(1) })
const rows: Row[] = [{ inputIds: [5, 6, 7, 8], positions: [3, 1] }, { inputIds: [9], positions: [0, 0] }] // biome-ignore format: a table
const numbers = (data: ArrayLike<number | bigint>) => Array.from(data, Number)

test('is fed what a decoder is, and in place of the mask and the answers what follows from them', () => {
  const [given, plain] = [gpuDecoder.feeds(rows, [prefix, behind(null)], sizes), decoder.feeds(rows, [prefix, behind(null)], sizes)]
  expect(Object.keys(given).sort()).toEqual([...gpuDecoder.inputs(sizes)].sort())
  for (const name of ['input_ids', 'position_ids', 'prompt_table', 'logit_rows', 'past_key_values.1.value'])
    expect(given[name]).toEqual(plain[name])

  const [S, T] = [16, 16]
  const seenBy = (name: string, row: number) => {
    const { data, dims } = given[name]!
    expect(dims[3]).toBe(S + T)
    const part = numbers(data).slice(row * (S + T), (row + 1) * (S + T))
    expect(part.every((value) => value === 0 || value === unseen)).toBe(true)
    return part.flatMap((value, s) => (value === 0 ? [s] : []))
  }
  expect(given.attention_bias!.dims).toEqual([2, 1, T, S + T])
  expect(seenBy('attention_bias', 2)).toEqual([0, 1, 2, S, S + 1, S + 2]) // the third position of the first row
  expect(seenBy('attention_bias', 9)).toEqual([0, 1, 2, S, S + 1, S + 2, S + 3]) // padding, that nobody reads
  expect(seenBy('attention_bias', T)).toEqual([S]) // the second row has no past
  expect(given.answer_bias!.dims).toEqual([2, 1, 2, S + T])
  expect(seenBy('answer_bias', 0)).toEqual(seenBy('attention_bias', 3))
  expect(seenBy('answer_bias', 1)).toEqual([0, 1, 2, S, S + 1])
  expect(numbers(given.answer_rows!.data)).toEqual([3, 1, T, T])
  expect(numbers(given.answer_position_ids!.data)).toEqual([3 + 3, 3 + 1, 0, 0])
})

test('compiles with one answer, where a decoder wants none', () => {
  const fed = gpuDecoder.compilation.feeds(float32([3, 6]), sizes, 1)
  expect(Object.keys(fed).sort()).toEqual([...gpuDecoder.inputs(sizes)].sort())
  expect(fed.answer_rows).toMatchObject({ dims: [1, 1] })
  expect(fed.attention_bias!.dims).toEqual([1, 1, 16, 32])
})
