import { describe, expect, it } from 'vitest'
import { batchSize } from '../../../worker/host/batch-size.ts'
import { Batcher } from '../../../worker/host/batcher.ts'

describe('Batcher', () => {
  it('runs one batch at a time, callers in turn, and gives each caller its own results', async () => {
    const batches: number[][] = []
    let running = 0
    const batcher = new Batcher<number, number>(
      async (items) => {
        expect(++running).toBe(1)
        batches.push(items)
        await Promise.resolve()
        running--
        return items.map((item) => item * 10)
      },
      (items) => Math.min(items.length, 3),
    )
    const results = await Promise.all([batcher.add([1, 2]), batcher.add([3, 4]), batcher.add([]), batcher.add([5])])
    expect(results).toEqual([[10, 20], [30, 40], [], [50]])
    expect(batches).toEqual([
      [1, 2],
      [3, 5, 4],
    ])
    expect(await batcher.add([6])).toEqual([60])
  })

  it('does not let a long call hold up a short one', async () => {
    const order: string[] = []
    const batcher = new Batcher<string, string>(
      async (items) => {
        order.push(...items)
        return items
      },
      () => 1,
    )
    await Promise.all([batcher.add(['a1', 'a2', 'a3', 'a4']), batcher.add(['b1', 'b2']), batcher.add(['c1'])])
    expect(order).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4'])
  })

  it('fails those of the batch that failed and goes on with the next', async () => {
    const batcher = new Batcher<number, number>(
      async (items) => {
        if (items.includes(2)) throw new Error('no twos')
        return items
      },
      () => 2,
    )
    const [first, second] = await Promise.allSettled([batcher.add([1, 2]), batcher.add([3])])
    expect(first).toMatchObject({ status: 'rejected', reason: { message: 'no twos' } })
    expect(second).toMatchObject({ status: 'fulfilled', value: [3] })
  })
})

describe('batchSize', () => {
  const row = (length: number, P = 0) => ({
    inputIds: new Array(length).fill(1),
    answer: 0,
    prefix: P === 0 ? null : { length: P, keyValues: new Float32Array(0) },
  })
  const limits = { maxRows: 4, maxTokens: 128 }

  it.each([
    ['all that wait', [row(5), row(9)], 2],
    ['at most maxRows', Array(9).fill(row(1)), 4],
    ['as many as fit when each is padded to the longest', [row(16), row(17), row(64), row(1)], 2],
    ['prefixes counted', [row(16, 20), row(16, 20), row(16, 20)], 2],
    ['one that is too long alone', [row(500), row(1)], 1],
    ['none', [], 0],
  ])('takes %s', (_, rows, count) => {
    expect(batchSize(rows, limits)).toBe(count)
  })
})
