import { describe, expect, it } from 'vitest'
import { Batcher } from '../../../worker/host/batcher.ts'

/** Of a caller who does not hang up. */
const kept = () => new AbortController().signal

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
    const results = await Promise.all([[1, 2], [3, 4], [], [5]].map((items) => batcher.add(items, kept())))
    expect(results).toEqual([[10, 20], [30, 40], [], [50]])
    expect(batches).toEqual([
      [1, 2],
      [3, 5, 4],
    ])
    expect(await batcher.add([6], kept())).toEqual([60])
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
    await Promise.all([batcher.add(['a1', 'a2', 'a3', 'a4'], kept()), batcher.add(['b1', 'b2'], kept()), batcher.add(['c1'], kept())])
    expect(order).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4'])
  })

  it('drops what a caller who hung up still has waiting', async () => {
    const ran: string[] = []
    const caller = new AbortController()
    const batcher = new Batcher<string, string>(
      async (items) => {
        ran.push(...items)
        if (items.includes('a2')) caller.abort(new Error('gone'))
        return items
      },
      () => 1,
    )
    const gone = expect(batcher.add(['a1', 'a2', 'a3', 'a4'], caller.signal)).rejects.toThrow('gone')
    expect(await batcher.add(['b1', 'b2', 'b3'], kept())).toEqual(['b1', 'b2', 'b3'])
    await gone
    await expect(batcher.add(['a5'], caller.signal)).rejects.toThrow('gone')
    expect(ran).toEqual(['a1', 'b1', 'a2', 'b2', 'b3'])
  })

  it('fails those of the batch that failed and goes on with the next', async () => {
    const batcher = new Batcher<number, number>(
      async (items) => {
        if (items.includes(2)) throw new Error('no twos')
        return items
      },
      () => 2,
    )
    const [first, second] = await Promise.allSettled([batcher.add([1, 2], kept()), batcher.add([3], kept())])
    expect(first).toMatchObject({ status: 'rejected', reason: { message: 'no twos' } })
    expect(second).toMatchObject({ status: 'fulfilled', value: [3] })
  })
})
