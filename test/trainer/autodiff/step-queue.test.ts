import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { float32 } from '../../../shared/tensor.ts'
import type { BatchRow } from '../../../trainer/autodiff/mixed-batches.ts'
import type { Step } from '../../../trainer/autodiff/step.ts'
import { type AskedStep, StepQueue } from '../../../trainer/autodiff/step-queue.ts'

/** A step of rows so long, behind no prompt. */
const step = (...lengths: number[]): Step =>
  ({
    rows: lengths.map((length) => ({ inputIds: new Int32Array(length), weight: 1, feeds: {} })),
    prompt: { fed: null },
    loss: { key: 'a loss' },
  }) as unknown as Step

interface Computing {
  readonly fails?: (lengths: readonly number[]) => boolean
  readonly loss?: (length: number) => number
  readonly sideBySide?: number
  /** What a batch waits for. */
  readonly until?: (lengths: readonly number[]) => Promise<void>
}

/** A queue whose rows' losses are their lengths, and the batches that it computes; `fails` says which of them can't be. */
function queue({ fails = () => false, loss = (length) => length, sideBySide = 1, until = async () => undefined }: Computing = {}) {
  const batches: number[][] = []
  const running = { now: 0, most: 0 }
  const compute = async (batch: readonly BatchRow<AskedStep>[]) => {
    const lengths = batch.map(({ row }) => row.inputIds.length)
    batches.push(lengths)
    running.most = Math.max(running.most, ++running.now)
    await until(lengths)
    running.now--
    if (fails(lengths)) throw new Error(`it cannot compute ${lengths}`)
    const losses = float32([batch.length], Float32Array.from(lengths, loss))
    return () => {
      for (const [b, { row, step }] of batch.entries())
        step.sum.add(row, b, { losses }, { losses: 'losses', learned: [], moved: [], place: 0, sizes: {} as never })
    }
  }
  return { asked: new StepQueue(sideBySide, compute), batches, running }
}

test('steps that are asked for at the same time share batches, and each has the sum of its own rows', async () => {
  const { asked, batches } = queue()
  const losses = (await Promise.all([asked.ask(step(1, 4)), asked.ask(step(2)), asked.ask(step(3))])).map(({ loss }) => loss)
  expect(losses).toEqual([5, 2, 3])
  expect(batches).toEqual([[1, 2, 3, 4]])
})

test('who goes on from one step shares the next with those that do so too', async () => {
  const { asked, batches } = queue()
  const goOn = async (first: number, second: number) => {
    await asked.ask(step(first))
    await asked.ask(step(second))
  }
  await Promise.all([goOn(1, 10), goOn(2, 20)])
  expect(batches).toEqual([[1, 2], [10, 20]]) // biome-ignore format: two batches
})

test('a batch that fails fails the steps that it has rows of, and no others', async () => {
  const { asked, batches } = queue({ fails: (lengths) => lengths.includes(99) })
  const many = step(...Array.from({ length: 16 }, () => 1)) // which fill a batch
  const ended = await Promise.allSettled([asked.ask(many), asked.ask(step(98, 99)), asked.ask(step(2))])
  expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
  expect(ended[1]).toMatchObject({ reason: expect.objectContaining({ message: 'it cannot compute 2,98,99' }) })
  expect(batches).toHaveLength(2)
  expect((await asked.ask(step(3))).loss).toBe(3) // and the queue goes on
})

test('a step whose loss is no number has diverged, beside others that have not', async () => {
  const { asked } = queue({ loss: (length) => (length === 7 ? Number.NaN : length) })
  const [bad, good] = await Promise.allSettled([asked.ask(step(7)), asked.ask(step(1))])
  expect(bad).toMatchObject({ reason: expect.objectContaining({ code: 'diverged', message: 'The loss is NaN.' }) })
  expect(good).toMatchObject({ value: { loss: 1 } })
})

test('a step that waits alone is computed in parts side by side, those that wait together one beside the other', async () => {
  const { asked, batches, running } = queue({ sideBySide: 2 })
  const eight = (length: number) => Array.from({ length: 8 }, () => length)
  await asked.ask(step(...eight(1)))
  expect(batches).toEqual([eight(1).slice(4), eight(1).slice(4)])
  batches.length = 0
  await Promise.all([asked.ask(step(...eight(2))), asked.ask(step(...eight(3)))])
  expect(batches).toEqual([eight(2), eight(3)])
  expect(running).toEqual({ now: 0, most: 2 })
})

test('a step that has ended goes on while those that were asked for meanwhile are computed', async () => {
  let othersEnded = () => {}
  const others = new Promise<void>((resolve) => (othersEnded = resolve))
  const { asked, batches } = queue({ sideBySide: 2, until: async ([length]) => (length === 60 ? others : undefined) })
  const eight = (length: number) => Array.from({ length: 8 }, () => length)
  const ended: number[] = []
  const goOn = async (...lengths: number[]) => {
    for (const length of lengths) {
      await asked.ask(step(...eight(length)))
      ended.push(length)
    }
  }
  await Promise.all([goOn(60), Promise.all([goOn(5, 6), goOn(7, 8)]).then(() => othersEnded())])
  expect(ended).toEqual([5, 7, 6, 8, 60]) // the slow one holds nobody up
  expect(batches).toEqual([60, 5, 7, 6, 8].map(eight))
})

test('a step’s rows are summed in one order, whichever of its parts ends first', async () => {
  const loss = (length: number) => (length === 30 ? 1e8 : length === 1 ? 1 : -1e8) // (1 + 1e8) − 1e8 is 0 in float32 alone, so the order tells
  const sums = []
  for (const sideBySide of [1, 2]) {
    const { asked } = queue({ sideBySide, loss, until: ([length]) => pause(length === 1 ? 20 : 0) }) // the shortest rows are in the first part
    sums.push((await asked.ask(step(30, 1, 1, 1, 40, 1, 1, 1))).loss)
  }
  expect(sums[1]).toBe(sums[0])
})
