import { describe, expect, test } from 'vitest'
import { type FloatTensor, float32 } from '../../../../shared/tensor.ts'
import { attention } from '../../../../trainer/import/blocks/attention.ts'
import { seededRandom } from '../../../../trainer/random.ts'
import { relativeError } from '../../../fixtures/reference.ts'
import { randomTensor, runBlock } from '../../../fixtures/run-block.ts'

const [B, Q, T, D] = [2, 3, 4, 5]
const unseen = -1e9

describe.each([
  ['heads with their own keys and values', 4, 4],
  ['two heads to each of two', 4, 2],
  ['all heads to one', 4, 1],
  ['a single head', 1, 1],
])('%s', (_, heads, keyValueHeads) => {
  const layout = { heads, keyValueHeads, headSize: D }
  const groups = heads / keyValueHeads
  const random = seededRandom(17 * heads + keyValueHeads)
  const queryDims = groups === 1 ? [B, heads, Q, D] : [B, keyValueHeads, groups, Q, D]
  const query = randomTensor(random, ...queryDims)
  const text = { key: randomTensor(random, B, keyValueHeads, T, D), value: randomTensor(random, B, keyValueHeads, T, D) }
  const past = (N: number, S: number) => ({
    key: randomTensor(random, N, keyValueHeads, S, D),
    value: randomTensor(random, N, keyValueHeads, S, D),
  })
  /** Every position seen by every query, but for those that `hidden` names. */
  const seenBut = (S: number, hidden: (b: number, position: number) => boolean) => {
    const dims = groups === 1 ? [B, 1, 1, S + T] : [B, 1, 1, 1, S + T]
    return float32(
      dims,
      Float32Array.from({ length: B * (S + T) }, (_, i) => (hidden(Math.floor(i / (S + T)), i % (S + T)) ? unseen : 0)),
    )
  }

  async function run(before: { key: FloatTensor; value: FloatTensor }, seen: FloatTensor): Promise<FloatTensor> {
    const feeds = { query, pastKey: before.key, pastValue: before.value, key: text.key, value: text.value, seen }
    const [y] = await runBlock((b) => {
      const pastOf = (name: string) => b.input(name, 'float32', ['N', keyValueHeads, 'S', D])
      const textOf = (name: string) => b.input(name, 'float32', ['B', keyValueHeads, 'T', D])
      const asking = b.input('query', 'float32', groups === 1 ? ['B', heads, 'Q', D] : ['B', keyValueHeads, groups, 'Q', D])
      const inputs = {
        query: asking,
        past: { key: pastOf('pastKey'), value: pastOf('pastValue') },
        text: { key: textOf('key'), value: textOf('value') },
        seen: b.input('seen', 'float32', groups === 1 ? ['B', 1, 1, 'S+T'] : ['B', 1, 1, 1, 'S+T']),
      }
      const lengths = { S: b.dimension(inputs.past.key, 2), T: b.dimension(inputs.text.key, 2) }
      return [attention(b, { layout, ...inputs, Q: 'Q', ...lengths })]
    }, feeds)
    return y as FloatTensor
  }

  /** softmax(query · keysᵀ + seen) · values of one head's query, written out. */
  function arithmetic(before: { key: FloatTensor; value: FloatTensor }, seen: FloatTensor, b: number, h: number, q: number): number[] {
    const [N, , S] = before.key.dims as [number, number, number]
    const shared = Math.floor(h / groups)
    const vector = ({ data }: FloatTensor, at: number) => Array.from(data.subarray(at * D, (at + 1) * D))
    const all = (kind: 'key' | 'value') => [
      ...Array.from({ length: S }, (_, s) => vector(before[kind], ((N === 1 ? 0 : b) * keyValueHeads + shared) * S + s)),
      ...Array.from({ length: T }, (_, t) => vector(text[kind], (b * keyValueHeads + shared) * T + t)),
    ]
    const asked = vector(query, (b * heads + h) * Q + q)
    const weights = all('key').map((key, i) => Math.exp(key.reduce((sum, k, d) => sum + k * asked[d]!, seen.data[b * (S + T) + i]!)))
    const total = weights.reduce((sum, weight) => sum + weight)
    const values = all('value')
    return Array.from({ length: D }, (_, d) => weights.reduce((sum, weight, i) => sum + (weight / total) * values[i]![d]!, 0))
  }

  test.each([
    ['no past', 1, 0],
    ['one past for all rows', 1, 3],
    ['a past for each row', B, 3],
  ])('attend as the formula says, with %s', async (_, N, S) => {
    const before = past(N, S)
    const seen = seenBut(S, (b, position) => (b === 1 && position === S + T - 1) || (S > 0 && position === b))
    const y = await run(before, seen)
    expect(y.dims).toEqual(queryDims)
    const wanted = Array.from({ length: B * heads * Q }, (_, i) => arithmetic(before, seen, Math.floor(i / (heads * Q)), Math.floor(i / Q) % heads, i % Q)) // biome-ignore format: one thought
    expect(relativeError(y.data, wanted.flat())).toBeLessThan(1e-5)
  })

  test('what is not seen tells in no number', async () => {
    const before = past(1, 3)
    const seen = seenBut(3, (_, position) => position === 2)
    const y = await run(before, seen)
    const other = { key: float32(before.key.dims, before.key.data.slice()), value: float32(before.value.dims, before.value.data.slice()) }
    for (let head = 0; head < keyValueHeads; head++) {
      const at = (head * 3 + 2) * D
      other.key.data.fill(9, at, at + D)
      other.value.data.fill(-9, at, at + D)
    }
    expect((await run(other, seen)).data).toEqual(y.data)
  })

  test('a longer padding of the past moves no number', async () => {
    const short = past(1, 3)
    const padded = (tensor: FloatTensor) => {
      const longer = float32([1, keyValueHeads, 16, D])
      for (let head = 0; head < keyValueHeads; head++)
        longer.data.set(tensor.data.subarray(head * 3 * D, (head + 1) * 3 * D), head * 16 * D)
      return longer
    }
    const long = { key: padded(short.key), value: padded(short.value) }
    const y = await run(
      short,
      seenBut(3, () => false),
    )
    const moved = await run(
      long,
      seenBut(16, (_, position) => position >= 3 && position < 16),
    )
    expect(relativeError(moved.data, y.data)).toBeLessThan(1e-6)
  })
})
