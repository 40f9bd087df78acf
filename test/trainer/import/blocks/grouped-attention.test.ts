import { describe, expect, test } from 'vitest'
import { decoder } from '../../../../shared/engine/families/decoder.ts'
import { type Prefix, prefixElements } from '../../../../shared/formats/prefix.ts'
import type { FloatTensor } from '../../../../shared/tensor.ts'
import { answersOf } from '../../../../trainer/import/blocks/answer-positions.ts'
import { causalVisibility } from '../../../../trainer/import/blocks/causal-visibility.ts'
import { decoderInputs } from '../../../../trainer/import/blocks/decoder-interface.ts'
import { groupedAttention } from '../../../../trainer/import/blocks/grouped-attention.ts'
import { inverseFrequencies } from '../../../../trainer/import/blocks/rope-parameters.ts'
import { rotaryTables } from '../../../../trainer/import/blocks/rotary.ts'
import { seededRandom } from '../../../../trainer/random.ts'
import { behind } from '../../../fixtures/model-session.ts'
import { relativeError } from '../../../fixtures/reference.ts'
import { linear, randomTensor, runBlock } from '../../../fixtures/run-block.ts'

const [H, D] = [8, 4]
const T = 16
const matrices = { query: 'q', key: 'k', value: 'v', output: 'o' }
const rows = [
  { inputIds: [1, 2, 3, 4, 5], positions: [4, 1] },
  { inputIds: [6], positions: [0, 0] },
  { inputIds: [7, 8, 9], positions: [2, 0] },
]

describe.each([
  ['heads with their own keys and values', 4, 4],
  ['two heads to each of two', 4, 2],
  ['all heads to one', 4, 1],
  ['a single head', 1, 1],
])('%s', (_, heads, keyValueHeads) => {
  const layout = { heads, keyValueHeads, headSize: D }
  const sizes = { vocabulary: 11, hidden: H, layers: 1, context: 64, ...layout }
  const frequencies = inverseFrequencies({ rope_type: 'default', rope_theta: 100 }, D)
  const random = seededRandom(10 * heads + keyValueHeads)
  const weights = {
    q: randomTensor(random, heads * D, H),
    k: randomTensor(random, keyValueHeads * D, H),
    v: randomTensor(random, keyValueHeads * D, H),
    o: randomTensor(random, H, heads * D),
  }
  const x = randomTensor(random, rows.length, T, H)
  const prefix = (length: number): Prefix => ({ length, keyValues: randomTensor(random, prefixElements(length, sizes)).data })

  async function run(prompts: readonly (Prefix | null)[], atAnswers: boolean) {
    const feeds = { ...decoder.feeds(rows, prompts.map(behind), sizes), x } // biome-ignore format: one thought
    const [y, key, value] = await runBlock(
      (b, stored) => {
        const inputs = decoderInputs(b, sizes)
        const keyValues = inputs.layers[0]!
        const asking = atAnswers ? answersOf(b, inputs) : null
        const rotary = rotaryTables(b, stored, frequencies, 64)
        const visible = causalVisibility(b, inputs, layout)
        const output = groupedAttention(b, stored, b.input('x', 'float32', ['B', 'T', H]), matrices, { heads: layout, inputs, keyValues, rotary, visible, asking }) // biome-ignore format: one call
        return [output, keyValues.present.key, keyValues.present.value]
      },
      feeds,
      weights,
    )
    return { y: y as FloatTensor, key: key as FloatTensor, value: value as FloatTensor }
  }

  /** A head's numbers turned by the angles of its position. */
  const turned = (vector: readonly number[], position: number) =>
    vector.map((number, d) => {
      const angle = position * frequencies[d % (D / 2)]!
      return number * Math.cos(angle) + (d < D / 2 ? -vector[d + D / 2]! : vector[d - D / 2]!) * Math.sin(angle)
    })
  const vectorAt = (b: number, t: number) => Array.from(x.data.subarray((b * T + t) * H, (b * T + t + 1) * H))
  const head = (vector: readonly number[], h: number) => vector.slice(h * D, (h + 1) * D)
  const dot = (a: readonly number[], c: readonly number[]) => a.reduce((sum, value, i) => sum + value * c[i]!, 0)

  /** A row's output at position t, written out. */
  function arithmetic(b: number, t: number, past: Prefix | null): number[] {
    const P = past?.length ?? 0
    const together = Array.from({ length: heads }, (_, h) => {
      const shared = Math.floor((h * keyValueHeads) / heads)
      const pastOf = (part: number, p: number) =>
        Array.from(past!.keyValues.subarray(((part * keyValueHeads + shared) * P + p) * D).subarray(0, D))
      const query = turned(head(linear(vectorAt(b, t), weights.q), h), P + t)
      const keys = [
        ...Array.from({ length: P }, (_, p) => pastOf(0, p)),
        ...Array.from({ length: t + 1 }, (_, s) => turned(head(linear(vectorAt(b, s), weights.k), shared), P + s)),
      ]
      const values = [
        ...Array.from({ length: P }, (_, p) => pastOf(1, p)),
        ...Array.from({ length: t + 1 }, (_, s) => head(linear(vectorAt(b, s), weights.v), shared)),
      ]
      const exponentials = keys.map((key) => Math.exp(dot(query, key) / Math.sqrt(D)))
      const sum = exponentials.reduce((a, c) => a + c)
      return Array.from({ length: D }, (_, d) => exponentials.reduce((total, weight, i) => total + (weight / sum) * values[i]![d]!, 0))
    })
    return linear(together.flat(), weights.o)
  }

  const cases: [string, (Prefix | null)[]][] = [
    ['nothing before the texts', [null]],
    ['one prefix before all texts', [prefix(5)]],
    ['a prefix of its own, or none, before each text', [prefix(3), null, prefix(20)]],
  ]

  test.each(cases)('attend as the formula says, at every position, with %s', async (_, prompts) => {
    const { y, key, value } = await run(prompts, false)
    expect(y.dims).toEqual([rows.length, T, H])
    expect([key.dims, value.dims]).toEqual(Array(2).fill([rows.length, keyValueHeads, T, D]))
    for (const [b, { inputIds }] of rows.entries()) {
      const past = prompts.length === 1 ? prompts[0]! : prompts[b]!
      for (const t of inputIds.keys()) {
        const from = (b * T + t) * H
        expect(relativeError(y.data.subarray(from, from + H), arithmetic(b, t, past)), `row ${b}, position ${t}`).toBeLessThan(1e-5)
        for (let h = 0; h < keyValueHeads; h++) {
          const at = ((b * keyValueHeads + h) * T + t) * D
          const own = turned(head(linear(vectorAt(b, t), weights.k), h), (past?.length ?? 0) + t)
          expect(relativeError(key.data.subarray(at, at + D), own)).toBeLessThan(1e-5)
          expect(relativeError(value.data.subarray(at, at + D), head(linear(vectorAt(b, t), weights.v), h))).toBeLessThan(1e-5)
        }
      }
    }
  })

  test.each(cases)('and at the answers alone, with %s', async (_, prompts) => {
    const { y } = await run(prompts, true)
    expect(y.dims).toEqual([rows.length, 2, H])
    for (const [b, { positions }] of rows.entries()) {
      const past = prompts.length === 1 ? prompts[0]! : prompts[b]!
      for (const [k, t] of positions.entries()) {
        const from = (b * 2 + k) * H
        expect(relativeError(y.data.subarray(from, from + H), arithmetic(b, t, past)), `row ${b}, answer ${k}`).toBeLessThan(1e-5)
      }
    }
  })
})
