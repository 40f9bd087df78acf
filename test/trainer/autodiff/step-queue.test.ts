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

/** A queue whose rows' losses are their lengths, and the batches that it computes; `fails` says which of them can't be. */
function queue(fails: (lengths: readonly number[]) => boolean = () => false, loss = (length: number) => length) {
  const batches: number[][] = []
  const compute = async (batch: readonly BatchRow<AskedStep>[]) => {
    const lengths = batch.map(({ row }) => row.inputIds.length)
    batches.push(lengths)
    if (fails(lengths)) throw new Error(`it cannot compute ${lengths}`)
    batch.forEach(({ row, step }, b) => {
      const losses = float32([batch.length], Float32Array.from(lengths, loss))
      step.sum.add(row, b, { losses }, { losses: 'losses', learned: [], moved: [], place: 0, sizes: {} as never })
    })
  }
  return { asked: new StepQueue(compute), batches }
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
  const { asked, batches } = queue((lengths) => lengths.includes(99))
  const many = step(...Array.from({ length: 16 }, () => 1))
  const ended = await Promise.allSettled([asked.ask(many), asked.ask(step(98, 99)), asked.ask(step(2))])
  expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
  expect(ended[1]).toMatchObject({ reason: expect.objectContaining({ message: 'it cannot compute 2,98,99' }) })
  expect(batches).toHaveLength(2)
  expect((await asked.ask(step(3))).loss).toBe(3) // and the queue goes on
})

test('a step whose loss is no number has diverged, beside others that have not', async () => {
  const { asked } = queue(undefined, (length) => (length === 7 ? Number.NaN : length))
  const [bad, good] = await Promise.allSettled([asked.ask(step(7)), asked.ask(step(1))])
  expect(bad).toMatchObject({ reason: expect.objectContaining({ code: 'diverged', message: 'The loss is NaN.' }) })
  expect(good).toMatchObject({ value: { loss: 1 } })
})
