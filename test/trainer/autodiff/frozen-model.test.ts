import { afterAll, describe, expect, test } from 'vitest'
import type { Prefix, Row } from '../../../shared/engine/families/decoder.ts'
import { float32 } from '../../../shared/tensor.ts'
import { FrozenModel } from '../../../trainer/autodiff/frozen-model.ts'
import { type ModelPackage, openModel } from '../../../trainer/disk/model-package.ts'
import { seededRandom, shuffled } from '../../../trainer/random.ts'
import { imported, temporaryFolder } from '../../fixtures/imported-model.ts'
import { checkpointOf } from '../../fixtures/reference.ts'

const folder = temporaryFolder()
const opened: FrozenModel[] = []
afterAll(() => Promise.all(opened.map((frozen) => frozen.release())))

const models: [string, () => Promise<ModelPackage>, { longest: number; rows: number }][] = [
  ['the model that ships, in int8', async () => openModel('models/default'), { longest: 200, rows: 20 }],
  ['grouped queries, in float32', () => imported(checkpointOf('gqa-tied'), 'float32', folder), { longest: 88, rows: 40 }],
  ['grouped queries, in int8', () => imported(checkpointOf('gqa-tied'), 'int8', folder), { longest: 88, rows: 40 }],
  ['untied, in float32', () => imported(checkpointOf('mha-untied'), 'float32', folder), { longest: 88, rows: 40 }],
  ['untied, in int8', () => imported(checkpointOf('mha-untied'), 'int8', folder), { longest: 88, rows: 40 }],
]

describe.each(models)('%s', async (_, open, { longest, rows: count }) => {
  const model = await open()
  const { hidden: H, vocabulary: V } = model.card.sizes
  const random = seededRandom(11)
  const below = (n: number) => Math.floor(random() * n)

  /** A prompt's prefix of P random virtual tokens. */
  async function randomPrefix(frozen: FrozenModel, P: number): Promise<Prefix> {
    const words = model.inputRows(Array.from({ length: P }, () => below(V)))
    return frozen.compile(
      float32(
        [P, H],
        words.map((value) => value + 0.02 * (random() - 0.5)),
      ),
    )
  }

  test.each([1, 2])('gives every row the same bits alone and in any batch, on %i threads', async (threads) => {
    const frozen = new FrozenModel(model, { threads })
    opened.push(frozen)
    const prefixes: (Prefix | null)[] = [null, await randomPrefix(frozen, 1), await randomPrefix(frozen, 40)]
    for (let i = 0; i < 3; i++) prefixes.push(await randomPrefix(frozen, 1 + below(40)))
    const rows = Array.from({ length: count }, (_, i): Row => {
      const length = i === 0 ? 1 : i === 1 ? longest : 1 + below(longest)
      return { inputIds: Array.from({ length }, () => below(V)), answer: below(length), prefix: prefixes[below(prefixes.length)]! }
    })
    const alone = new Map<Row, Float32Array>()
    for (const row of rows) alone.set(row, await frozen.hidden([row]))

    for (let round = 0; round < 2; round++) {
      const left = shuffled(rows, random)
      while (left.length > 0) {
        const batch = left.splice(0, 1 + below(9))
        const together = await frozen.hidden(batch)
        batch.forEach((row, b) => {
          const wrong = alone.get(row)!.findIndex((value, h) => !Object.is(value, together[b * H + h]))
          expect(wrong, `row ${b} of ${batch.length}, ${row.inputIds.length} tokens after ${row.prefix?.length ?? 0}`).toBe(-1)
        })
      }
    }
  })
})
