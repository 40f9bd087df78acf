import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { ReadyPrompt, Row } from '../../../shared/engine/families/family.ts'
import type { FrozenModel } from '../../../shared/engine/frozen-model.ts'
import type { StoredPrompt } from '../../../shared/formats/peft.ts'
import type { PromptKind } from '../../../shared/formats/prompt-card.ts'
import { float32 } from '../../../shared/tensor.ts'
import { openFrozen } from '../../../trainer/import/open-frozen.ts'
import { type OpenedModel, openModel } from '../../../trainer/import/open-model.ts'
import { seededRandom, shuffled } from '../../../trainer/random.ts'
import { type OpenSession, openNodeSession } from '../../../trainer/runtime.ts'
import { imported, temporaryFolder } from '../../fixtures/imported-model.ts'
import { checkpointOf, relativeError } from '../../fixtures/reference.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { openWasmSession } from '../../fixtures/wasm-session.ts'

const folder = temporaryFolder()
const opened: FrozenModel[] = []
afterAll(() => Promise.all(opened.map((frozen) => frozen.close())))

/** A model whose heads share one head of keys and values. */
async function sharing(weights: 'float32' | 'int8'): Promise<OpenedModel> {
  const directory = join(folder, `sharing-${weights}`)
  await writeSmallModel(directory, { weights })
  return openModel(directory)
}

/** The most tokens of a row, the most virtual tokens of a prompt, and how many rows are asked. */
interface Asked {
  readonly longest: number
  readonly P: number
  readonly rows: number
}
const models: [string, () => Promise<OpenedModel>, Asked][] = [
  ['a decoder, tiny-lm in int8', async () => openModel('models/tiny-lm'), { longest: 200, P: 40, rows: 20 }],
  ['grouped queries, in float32', () => imported(checkpointOf('gqa-tied'), 'float32', folder), { longest: 88, P: 40, rows: 40 }],
  ['grouped queries, in int8', () => imported(checkpointOf('gqa-tied'), 'int8', folder), { longest: 88, P: 40, rows: 40 }],
  ['untied, in float32', () => imported(checkpointOf('mha-untied'), 'float32', folder), { longest: 88, P: 40, rows: 40 }],
  ['untied, in int8', () => imported(checkpointOf('mha-untied'), 'int8', folder), { longest: 88, P: 40, rows: 40 }],
  ['one head of keys and values, in float32', () => sharing('float32'), { longest: 88, P: 40, rows: 40 }],
  ['one head of keys and values, in int8', () => sharing('int8'), { longest: 88, P: 40, rows: 40 }],
  ['an encoder, the model that ships, in int8', async () => openModel('models/default'), { longest: 472, P: 40, rows: 12 }],
  ['BERT with the exact GELU, in float32', () => imported(checkpointOf('bert-exact'), 'float32', folder), { longest: 24, P: 16, rows: 60 }],
  ['BERT with the exact GELU, in int8', () => imported(checkpointOf('bert-exact'), 'int8', folder), { longest: 24, P: 16, rows: 60 }],
  ['MiniLM, in float32', () => imported(checkpointOf('minilm-st'), 'float32', folder), { longest: 24, P: 40, rows: 60 }],
  ['MiniLM, in int8', () => imported(checkpointOf('minilm-st'), 'int8', folder), { longest: 24, P: 40, rows: 60 }],
]

/** A row with the prompt that it stands behind. */
interface PromptedRow extends Row {
  readonly prompt: ReadyPrompt
}

/** Random prompts and rows for `model`, the same each time. */
function randomly(model: OpenedModel, { longest, P: deepest, rows: count }: Asked) {
  const { hidden: H, vocabulary: V } = model.card.sizes
  const random = seededRandom(11)
  const below = (n: number) => Math.floor(random() * n)
  const oneOf = <T>(values: readonly T[]) => values[below(values.length)] as T
  const ids = (length: number) => Array.from({ length }, () => below(V))

  /** A prompt of P virtual tokens near words, or of the keys and values that the model makes of such. */
  async function prompt(frozen: FrozenModel, kind: PromptKind, P: number): Promise<ReadyPrompt> {
    const words = model.inputRows(ids(P))
    const table = float32([P, H], words.map((value) => value + 0.02 * (random() - 0.5))) // biome-ignore format: one thought
    const stored: StoredPrompt = kind === 'table' ? { kind, table } : { kind, prefix: await frozen.compile(table) }
    const { family } = frozen
    return frozen.ready(stored, { positionOffset: oneOf(family.positionOffsets(kind, P)), readout: oneOf(family.readouts) })
  }
  /** No prompt read in each way, and prompts of either kind, of 1 to `deepest` virtual tokens. */
  async function prompts(frozen: FrozenModel): Promise<ReadyPrompt[]> {
    const made = frozen.family.readouts.map((readout) => ({ ...frozen.unprompted, readout }))
    for (const kind of ['table', 'prefix'] as const) {
      for (const P of [1, deepest, 1 + below(deepest), 1 + below(deepest)]) made.push(await prompt(frozen, kind, P))
    }
    return made
  }
  /** A row of one token, one of as many as may be, and others between; some are read as their prompt says, some at a position. */
  const rows = (of: readonly ReadyPrompt[]) =>
    Array.from({ length: count }, (_, i): PromptedRow => {
      const length = i === 0 ? 1 : i === 1 ? longest : 1 + below(longest)
      return { inputIds: ids(length), prompt: oneOf(of), ...(below(2) === 0 ? {} : { positions: [below(length)] }) }
    })

  /** Asks each row alone, and then all in batches of 1 to 9, in two orders. */
  async function sameAloneAndTogether(frozen: FrozenModel): Promise<void> {
    const asked = rows(await prompts(frozen))
    const alone = new Map<Row, Float32Array>()
    for (const row of asked) alone.set(row, (await frozen.hidden([row], [row.prompt]))[0]!)
    for (let round = 0; round < 2; round++) {
      const left = shuffled(asked, random)
      while (left.length > 0) {
        const batch = left.splice(0, 1 + below(9))
        const together = await frozen.hidden(batch, batch.map(({ prompt }) => prompt)) // biome-ignore format: one thought
        batch.forEach((row, b) => {
          const wrong = alone.get(row)!.findIndex((value, h) => !Object.is(value, together[b]![h]))
          expect(wrong, `row ${b} of ${batch.length}, ${row.inputIds.length} tokens after ${row.prompt.positionOffset}`).toBe(-1)
        })
      }
    }
  }

  return { ids, prompt, sameAloneAndTogether }
}

describe.each(models)('%s', async (_, open, asked) => {
  const model = await open()

  test.each([1, 2])('gives every row the same bits alone and in any batch, on %i threads', async (threads) => {
    const frozen = await openFrozen(model, { threads })
    opened.push(frozen)
    await randomly(model, asked).sameAloneAndTogether(frozen)
  })

  test.each(['table', 'prefix'] as const)('gives the same bits behind one %s, told once or a row', async (kind) => {
    const frozen = await openFrozen(model)
    opened.push(frozen)
    const { ids, prompt: randomPrompt } = randomly(model, asked)
    const prompt = await randomPrompt(frozen, kind, 7)
    const rows = [3, 1, 17].map((length): Row => ({ inputIds: ids(length) }))
    expect(await frozen.hidden(rows, [prompt])).toEqual(await frozen.hidden(rows, [prompt, prompt, prompt]))
  })
})

test('the encoder that ships gives every row the same bits alone and in any batch in WebAssembly too', async () => {
  const model = openModel('models/default')
  const frozen = await openFrozen(model, {}, openWasmSession)
  opened.push(frozen)
  await randomly(model, { longest: 120, P: 40, rows: 10 }).sameAloneAndTogether(frozen)
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

test.each([
  ['a decoder', () => imported(checkpointOf('gqa-tied'), 'float32', folder), 'last'],
  ['an encoder', () => imported(checkpointOf('bert-exact'), 'float32', folder), 'mean'],
] as const)('%s answers the same where a session has to be fed a past', async (_, open, readout) => {
  const model = await open()
  const needy: OpenSession = async (...given) => ({ ...(await openNodeSession(...given)), minPast: 1 })
  const [plain, fed] = [await openFrozen(model), await openFrozen(model, {}, needy)]
  opened.push(plain, fed)
  const { sizes } = model.card
  const table = float32(
    [3, sizes.hidden],
    Float32Array.from({ length: 3 * sizes.hidden }, (_, i) => Math.sin(i)),
  )
  const rows = [[5, 9, 2], [7]].map((inputIds): Row => ({ inputIds }))
  const numbers = async (frozen: FrozenModel) => {
    const prompt = await frozen.ready({ kind: 'table', table }, { positionOffset: 3, readout })
    const hidden = [...(await frozen.hidden(rows, [{ fed: null, positionOffset: 0, readout }])), ...(await frozen.hidden(rows, [prompt]))]
    return [...hidden.flatMap((vector) => Array.from(vector)), ...(await frozen.compile(table)).keyValues]
  }
  expect(relativeError(await numbers(fed), await numbers(plain))).toBeLessThan(1e-5)
})
