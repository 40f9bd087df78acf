import { describe, expect, test } from 'vitest'
import { int64 } from '../../../../shared/tensor.ts'
import { embedding } from '../../../../trainer/import/blocks/embedding.ts'
import type { Layout } from '../../../../trainer/import/weights/matrix-layout.ts'
import { seededRandom } from '../../../../trainer/random.ts'
import { randomTensor, runBlock } from '../../../fixtures/run-block.ts'

const [V, H, R] = [11, 6, 3]
const random = seededRandom(3)
const [words, table] = [randomTensor(random, V, H), randomTensor(random, R, H)]

/** What the block gives for ids [B, T], a row an id. */
async function embedded(ids: readonly (readonly number[])[], layout: Layout, promptTable = table): Promise<number[][]> {
  const dims = [ids.length, ids[0]!.length]
  const feeds = { ids: int64(dims, BigInt64Array.from(ids.flat(), BigInt)), prompt: promptTable }
  const [x] = await runBlock(
    (b, weights) => {
      const inputs = { inputIds: b.input('ids', 'int64', ['B', 'T']), promptTable: b.input('prompt', 'float32', ['R', H]) }
      return [embedding(b, weights, inputs, { name: 'words', layout }, V)]
    },
    feeds,
    { words },
  )
  expect(x).toMatchObject({ shape: ['B', 'T', H], dims: [...dims, H] })
  return ids.flat().map((_, i) => x!.numbers.slice(i * H, (i + 1) * H))
}
const row = ({ data }: { data: Float32Array }, i: number) => Array.from(data.subarray(i * H, (i + 1) * H))

describe.each(['rows', 'columns'] as const)('a table that lies as %s', (layout) => {
  test('gives words below V, and from V on the prompt’s rows', async () => {
    const got = await embedded([[0, V - 1, V], [V + 2, 5, V + 1]], layout) // biome-ignore format: a table
    expect(got).toEqual([row(words, 0), row(words, V - 1), row(table, 0), row(table, 2), row(words, 5), row(table, 1)])
  })
})

test('words alone need no prompt: a table of one row of zeros does', async () => {
  expect(
    await embedded(
      [[3, 4]],
      'rows',
      randomTensor(() => 0.5, 1, H),
    ),
  ).toEqual([row(words, 3), row(words, 4)])
})
