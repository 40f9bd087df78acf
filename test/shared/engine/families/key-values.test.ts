import { expect, test } from 'vitest'
import { gatherPrefix, pastNames, presentNames, spreadPrefixes } from '../../../../shared/engine/families/key-values.ts'
import { roundUp } from '../../../../shared/engine/families/padding.ts'
import { type Prefix, prefixElements } from '../../../../shared/formats/prefix.ts'
import { type FloatTensor, floatOutput } from '../../../../shared/tensor.ts'
import { seededRandom } from '../../../../trainer/random.ts'

const sizes = { vocabulary: 100, hidden: 6, layers: 2, heads: 4, keyValueHeads: 3, headSize: 2, context: 256 }
const { keyValueHeads: kv, headSize: D } = sizes
const random = seededRandom(3)
const randomPrefix = (length: number): Prefix => ({
  length,
  keyValues: Float32Array.from({ length: prefixElements(length, sizes) }, () => 1 + random()),
})

test('keys and values are named layer by layer, in the order of a prefix', () => {
  expect(pastNames(sizes)).toEqual(['past_key_values.0.key', 'past_key_values.0.value', 'past_key_values.1.key', 'past_key_values.1.value'])
  expect(presentNames(sizes)).toEqual(['present.0.key', 'present.0.value', 'present.1.key', 'present.1.value'])
  expect(prefixElements(5, sizes)).toBe(2 * 2 * 3 * 5 * 2)
})

test.each([1, 5, 16, 21])('gathering leaves the padding behind, and is the inverse of spreading (%i virtual tokens)', (P) => {
  const prefix = randomPrefix(P)
  const outputs = spreadPrefixes([prefix], presentNames(sizes), roundUp(P), sizes)
  for (const name of presentNames(sizes)) {
    const { data, dims } = outputs[name] as FloatTensor // what is behind a prefix in the outputs is anything but zero
    for (let i = 0; i < data.length; i++) if (Math.floor(i / D) % dims[2]! >= P) data[i] = Number.NaN
  }
  expect(gatherPrefix(outputs, presentNames(sizes), P, sizes)).toEqual(prefix)
})

test('each of several prefixes lies in its own rows, zero where it is shorter or there is none', () => {
  const prefixes = [randomPrefix(3), null, randomPrefix(5)]
  const names = pastNames(sizes)
  const tensors = spreadPrefixes(prefixes, names, 6, sizes)
  expect(Object.keys(tensors)).toEqual(names)
  for (const [part, name] of names.entries()) {
    const { dims, data } = floatOutput(tensors, name)
    expect(dims).toEqual([3, kv, 6, D])
    for (const [i, value] of data.entries()) {
      const [n, head, s, d] = [Math.floor(i / (kv * 6 * D)), Math.floor(i / (6 * D)) % kv, Math.floor(i / D) % 6, i % D]
      const { length, keyValues } = prefixes[n] ?? { length: 0, keyValues: new Float32Array() }
      expect(value).toBe(s < length ? keyValues[((part * kv + head) * length + s) * D + d] : 0)
    }
  }
})

test('no virtual tokens are no positions', () => {
  const tensors = spreadPrefixes([null], pastNames(sizes), 0, sizes)
  expect(Object.values(tensors).map(({ dims }) => dims)).toEqual(Array.from({ length: 4 }, () => [1, kv, 0, D]))
  expect(gatherPrefix(tensors, pastNames(sizes), 0, sizes)).toEqual({ length: 0, keyValues: new Float32Array() })
})

test('an output that the graph did not give is named', () => {
  expect(() => gatherPrefix({}, presentNames(sizes), 1, sizes)).toThrow('the graph gave no float32 output present.0.key')
})
