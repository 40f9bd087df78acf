import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { ReadyPrompt, Row } from '../../../shared/engine/families/family.ts'
import type { FrozenModel } from '../../../shared/engine/frozen-model.ts'
import { float32 } from '../../../shared/tensor.ts'
import { openFrozen } from '../../../trainer/import/open-frozen.ts'
import { type OpenedModel, openModel } from '../../../trainer/import/open-model.ts'
import { seededRandom, shuffled } from '../../../trainer/random.ts'
import { type OpenSession, openNodeSession } from '../../../trainer/runtime.ts'
import { imported, temporaryFolder } from '../../fixtures/imported-model.ts'
import { behind } from '../../fixtures/model-session.ts'
import { checkpointOf } from '../../fixtures/reference.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'

const folder = temporaryFolder()
const opened: FrozenModel[] = []
afterAll(() => Promise.all(opened.map((frozen) => frozen.close())))

/** A model whose heads share one head of keys and values. */
async function sharing(weights: 'float32' | 'int8'): Promise<OpenedModel> {
  const directory = join(folder, `sharing-${weights}`)
  await writeSmallModel(directory, { weights })
  return openModel(directory)
}

const models: [string, () => Promise<OpenedModel>, { longest: number; rows: number }][] = [
  ['the model that ships, in int8', async () => openModel('models/tiny-lm'), { longest: 200, rows: 20 }],
  ['grouped queries, in float32', () => imported(checkpointOf('gqa-tied'), 'float32', folder), { longest: 88, rows: 40 }],
  ['grouped queries, in int8', () => imported(checkpointOf('gqa-tied'), 'int8', folder), { longest: 88, rows: 40 }],
  ['untied, in float32', () => imported(checkpointOf('mha-untied'), 'float32', folder), { longest: 88, rows: 40 }],
  ['untied, in int8', () => imported(checkpointOf('mha-untied'), 'int8', folder), { longest: 88, rows: 40 }],
  ['one head of keys and values, in float32', () => sharing('float32'), { longest: 88, rows: 40 }],
  ['one head of keys and values, in int8', () => sharing('int8'), { longest: 88, rows: 40 }],
]

describe.each(models)('%s', async (_, open, { longest, rows: count }) => {
  const model = await open()
  const { hidden: H, vocabulary: V } = model.card.sizes
  const random = seededRandom(11)
  const below = (n: number) => Math.floor(random() * n)

  /** A prompt of P random virtual tokens. */
  async function randomPrompt(frozen: FrozenModel, P: number): Promise<ReadyPrompt> {
    const words = model.inputRows(Array.from({ length: P }, () => below(V)))
    return behind(await frozen.compile(float32([P, H], words.map((value) => value + 0.02 * (random() - 0.5))))) // biome-ignore format: one thought
  }

  test.each([1, 2])('gives every row the same bits alone and in any batch, on %i threads', async (threads) => {
    const frozen = await openFrozen(model, { threads })
    opened.push(frozen)
    const prompts = [behind(null), await randomPrompt(frozen, 1), await randomPrompt(frozen, 40)]
    for (let i = 0; i < 3; i++) prompts.push(await randomPrompt(frozen, 1 + below(40)))
    const rows = Array.from({ length: count }, (_, i): Row & { prompt: ReadyPrompt } => {
      const length = i === 0 ? 1 : i === 1 ? longest : 1 + below(longest)
      return { inputIds: Array.from({ length }, () => below(V)), positions: [below(length)], prompt: prompts[below(prompts.length)]! }
    })
    const alone = new Map<Row, Float32Array>()
    for (const row of rows) alone.set(row, (await frozen.hidden([row], [row.prompt]))[0]!)

    for (let round = 0; round < 2; round++) {
      const left = shuffled(rows, random)
      while (left.length > 0) {
        const batch = left.splice(0, 1 + below(9))
        const together = await frozen.hidden(batch, batch.map(({ prompt }) => prompt)) // biome-ignore format: one thought
        batch.forEach((row, b) => {
          const wrong = alone.get(row)!.findIndex((value, h) => !Object.is(value, together[b]![h]))
          expect(wrong, `row ${b} of ${batch.length}, ${row.inputIds.length} tokens after ${row.prompt.positionOffset}`).toBe(-1)
        })
      }
    }
  })

  test('gives the same bits behind one prompt, told once or a row', async () => {
    const frozen = await openFrozen(model)
    opened.push(frozen)
    const prompt = await randomPrompt(frozen, 7)
    const rows = [3, 1, 17].map((length): Row => ({ inputIds: Array.from({ length }, () => below(V)) }))
    expect(await frozen.hidden(rows, [prompt])).toEqual(await frozen.hidden(rows, [prompt, prompt, prompt]))
  })
})

test('a graph of other inputs than the card promises is refused, and its session released', async () => {
  const model = await imported(checkpointOf('gqa-tied'), 'int8', folder)
  const card = { ...model.card, sizes: { ...model.card.sizes, layers: 3 } }
  let released = 0
  const open: OpenSession = async (...given) => {
    const session = await openNodeSession(...given)
    return { ...session, release: async () => { released++; await session.release() } } // biome-ignore format: one thought
  }
  await expect(openFrozen({ ...model, card }, {}, open)).rejects.toThrow(
    /its graph takes 10 inputs, and its card, of 3 layers, promises 12/,
  )
  expect(released).toBe(1)
})

test('a table is fed as the keys and values that the model makes of it, a prefix as it is, and a prompt of no positions not at all', async () => {
  const frozen = await openFrozen(await sharing('float32'), { threads: 1 })
  opened.push(frozen)
  const { hidden: H } = frozen.card.sizes
  const placement = { positionOffset: 3, readout: 'last' }
  const table = float32(
    [3, H],
    Float32Array.from({ length: 3 * H }, (_, i) => Math.sin(i)),
  )
  const prefix = await frozen.compile(table)
  expect(await frozen.ready({ kind: 'table', table }, placement)).toEqual({ fed: { kind: 'prefix', prefix }, ...placement })
  expect(await frozen.ready({ kind: 'prefix', prefix }, placement)).toEqual({ fed: { kind: 'prefix', prefix }, ...placement })
  expect(await frozen.ready({ kind: 'table', table: float32([0, H]) }, placement)).toEqual({ fed: null, ...placement })
})
