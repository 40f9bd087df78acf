import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { batchSize, inOrder } from '../../trainer/side-by-side.ts'

/** Runs that take so many milliseconds each, and how many were on their way at once. */
function runs() {
  const running = { now: 0, most: 0, begun: [] as number[] }
  const run = async (ms: number) => {
    running.begun.push(ms)
    running.most = Math.max(running.most, ++running.now)
    await pause(Math.abs(ms))
    running.now--
    if (ms < 0) throw new Error(`${ms} cannot`)
    return ms
  }
  return { running, run }
}

async function listed<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = []
  for await (const item of items) list.push(item)
  return list
}

test('results come in the order of the items, and no more runs than asked for are on their way', async () => {
  const { running, run } = runs()
  const items = [20, 1, 1, 10, 1]
  expect(await listed(inOrder(items, 2, run))).toEqual(items)
  expect(running).toEqual({ now: 0, most: 2, begun: items })
  expect(await listed(inOrder([], 2, run))).toEqual([])
})

test('the first that fails in the order of the items is thrown once all that began have ended, and nothing begins after it', async () => {
  const { running, run } = runs()
  const results: number[] = []
  const reading = (async () => {
    for await (const result of inOrder([1, -10, -1, 30, 5], 3, run)) results.push(result)
  })()
  await expect(reading).rejects.toThrow('-10 cannot')
  expect(results).toEqual([1])
  expect(running).toMatchObject({ now: 0, begun: [1, -10, -1, 30] })
})

test('whoever listens no more has waited for what began', async () => {
  const { running, run } = runs()
  for await (const _ of inOrder([1, 5, 1, 1], 2, run)) break
  expect(running).toMatchObject({ now: 0, begun: [1, 5] })
})

test('batches are as many as are computed side by side, of rows enough, and all about as large', () => {
  const size = (rows: number, sideBySide: number) => batchSize(rows, { sideBySide, maxRows: 16 })
  expect([size(16, 1), size(17, 1), size(40, 1)]).toEqual([16, 9, 14])
  expect([size(16, 2), size(5, 2), size(4, 2)]).toEqual([8, 3, 4])
  expect([size(16, 3), size(16, 8)]).toEqual([6, 4]) // and not 2
  expect(size(40, 2)).toBe(10) // and not 16, 16 and 8, behind which one waits for the other
})
