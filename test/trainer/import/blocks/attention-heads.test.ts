import { describe, expect, test } from 'vitest'
import { type AttentionHeads, fromHeads, toGroups, toHeads, withGroupAxis } from '../../../../trainer/import/blocks/attention-heads.ts'
import { seededRandom } from '../../../../trainer/random.ts'
import { randomTensor, runBlock } from '../../../fixtures/run-block.ts'

const [B, T, D] = [2, 3, 4]

describe.each<[string, AttentionHeads]>([
  ['a head of keys and values each', { heads: 4, keyValueHeads: 4, headSize: D }],
  ['keys and values for two', { heads: 4, keyValueHeads: 2, headSize: D }],
  ['keys and values for all', { heads: 4, keyValueHeads: 1, headSize: D }],
])('heads with %s', (_, layout) => {
  const { heads, keyValueHeads } = layout
  const grouped = heads > keyValueHeads
  const x = randomTensor(seededRandom(5), B, T, heads * D)

  test('are taken apart head by head, and put together again as they were', async () => {
    const [apart, groups, whole] = await runBlock(
      (b) => {
        const value = toHeads(b, b.input('x', 'float32', ['B', 'T', heads * D]), heads, D, 'apart')
        const groups = toGroups(b, value, layout, 'T')
        return ['apart', b.add('Identity', [groups]), fromHeads(b, groups, layout, 'T')]
      },
      { x },
    )
    expect(apart).toMatchObject({ shape: ['B', heads, 'T', D], dims: [B, heads, T, D] })
    const wanted = apart!.numbers.map((_, i) => {
      const [b, head, t, d] = [Math.floor(i / (heads * T * D)), Math.floor(i / (T * D)) % heads, Math.floor(i / D) % T, i % D]
      return x.data[(b * T + t) * heads * D + head * D + d]
    })
    expect(apart!.numbers).toEqual(wanted)
    // head h asks the keys of head h · kv heads / heads: its group is the second axis, so the numbers keep their order
    expect(groups!.dims).toEqual(grouped ? [B, keyValueHeads, heads / keyValueHeads, T, D] : [B, heads, T, D])
    expect(groups!.shape).toEqual(grouped ? ['B', keyValueHeads, heads / keyValueHeads, 'T', D] : ['B', heads, 'T', D])
    expect(groups!.data).toEqual(apart!.data)
    expect(whole).toMatchObject({ dims: [B, T, heads * D], data: x.data })
  })

  test('have an axis for the groups where there are groups', async () => {
    const keys = randomTensor(seededRandom(6), B, keyValueHeads, T, D)
    const [with_] = await runBlock(
      (b) => [b.add('Identity', [withGroupAxis(b, b.input('keys', 'float32', ['B', keyValueHeads, 'T', D]), layout)])],
      { keys },
    )
    expect(with_!.dims).toEqual(grouped ? [B, keyValueHeads, 1, T, D] : [B, keyValueHeads, T, D])
    expect(with_!.data).toEqual(keys.data)
  })
})
