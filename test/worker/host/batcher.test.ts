import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../../trainer/random.ts'
import { Batcher, type Choice, mostPassedOver } from '../../../worker/host/batcher.ts'

/** Of a caller who does not hang up. */
const kept = () => new AbortController().signal

/** The first so many, whatever they are. */
const inTurn = (most: number): Choice<unknown> => ({
  inTurn: ({ length }) => Math.min(length, most),
  alike: ({ length }) => [...Array(Math.min(length, most)).keys()],
})

describe('Batcher', () => {
  it('runs one batch at a time, callers in turn, and gives each caller its own results', async () => {
    const batches: number[][] = []
    let running = 0
    const batcher = new Batcher<number, number>(async (items) => {
      expect(++running).toBe(1)
      batches.push(items)
      await Promise.resolve()
      running--
      return items.map((item) => item * 10)
    }, inTurn(3))
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
    const batcher = new Batcher<string, string>(async (items) => {
      order.push(...items)
      return items
    }, inTurn(1))
    await Promise.all([batcher.add(['a1', 'a2', 'a3', 'a4'], kept()), batcher.add(['b1', 'b2'], kept()), batcher.add(['c1'], kept())])
    expect(order).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2', 'a4'])
  })

  it('drops what a caller who hung up still has waiting', async () => {
    const ran: string[] = []
    const caller = new AbortController()
    const batcher = new Batcher<string, string>(async (items) => {
      ran.push(...items)
      if (items.includes('a2')) caller.abort(new Error('gone'))
      return items
    }, inTurn(1))
    const gone = expect(batcher.add(['a1', 'a2', 'a3', 'a4'], caller.signal)).rejects.toThrow('gone')
    expect(await batcher.add(['b1', 'b2', 'b3'], kept())).toEqual(['b1', 'b2', 'b3'])
    await gone
    await expect(batcher.add(['a5'], caller.signal)).rejects.toThrow('gone')
    expect(ran).toEqual(['a1', 'a2', 'b1', 'b2', 'b3'])
  })

  it('fails those of the batch that failed and goes on with the next', async () => {
    const batcher = new Batcher<number, number>(async (items) => {
      if (items.includes(2)) throw new Error('no twos')
      return items
    }, inTurn(2))
    const [first, second] = await Promise.allSettled([batcher.add([1, 2], kept()), batcher.add([3], kept())])
    expect(first).toMatchObject({ status: 'rejected', reason: { message: 'no twos' } })
    expect(second).toMatchObject({ status: 'fulfilled', value: [3] })
  })

  it('answers a call of two while single ones keep coming', async () => {
    let [batches, done] = [0, false]
    const batcher = new Batcher<number, number>(async (items) => {
      if (++batches > 100) throw new Error('starved')
      return items
    }, inTurn(16))
    const looping = async () => {
      while (!done) await batcher.add([0], kept())
    }
    const others = Promise.allSettled(Array.from({ length: 16 }, looping))
    expect(await batcher.add([1, 2], kept())).toEqual([1, 2])
    done = true
    await others
    expect(batches).toBeLessThan(6)
  })

  it('lets no call wait more than twice as long as if the service were divided evenly', async () => {
    const random = seededRandom(5)
    const calls: { rows: number; came: number; ended: number }[] = []
    const most = 16
    const served: number[] = [] // rows, by run
    const open = new Set<Promise<unknown>>()
    const arrive = () => {
      const rows = random() < 0.8 ? 1 + Math.floor(3 * random()) : 1 + Math.floor(60 * random())
      const call = { rows, came: served.length, ended: 0 }
      calls.push(call)
      const answered: Promise<unknown> = batcher.add(new Array(rows).fill(0), kept()).then(() => {
        call.ended = served.length
        open.delete(answered)
      })
      open.add(answered)
    }
    const batcher = new Batcher<number, number>(async (items) => {
      served.push(items.length)
      // as many rows as are served come, in bursts: the queue grows and is worked off many times
      const owed = served.length * most * (served.length % 400 < 250 ? 1.02 : 0.9) - calls.reduce((sum, { rows }) => sum + rows, 0)
      for (let rows = 0; served.length < 4000 && rows < owed && random() < 0.97; rows += calls.at(-1)!.rows) arrive()
      return items
    }, inTurn(most))
    while (served.length < 4000) {
      arrive()
      while (open.size > 0) await Promise.all(open)
    }
    expect(calls.length).toBeGreaterThan(3000)

    const even = dividedEvenly(calls, served)
    const late = calls.filter(({ came, ended }, n) => ended - came > 2 * Math.max(1, even[n]! - came))
    expect(late).toEqual([])
  }, 60_000)

  it('runs what is like the first together, and passes nothing over more often than it says', async () => {
    const random = seededRandom(6)
    const jobs = Array.from({ length: 400 }, (_, id) => ({ id, kind: Math.floor(5 * random()) }))
    const passed = new Map<number, number>()
    const mixed: boolean[] = []
    let waiting = jobs
    const batcher = new Batcher<(typeof jobs)[number], number>(
      async (items) => {
        const ran = new Set(items)
        for (const job of waiting.slice(0, 4)) if (!ran.has(job)) passed.set(job.id, (passed.get(job.id) ?? 0) + 1)
        waiting = waiting.filter((job) => !ran.has(job))
        mixed.push(new Set(items.map(({ kind }) => kind)).size > 1)
        return items.map(({ id }) => id)
      },
      {
        inTurn: ({ length }) => Math.min(length, 4),
        alike: (items) => [...items.keys()].filter((index) => items[index]!.kind === items[0]!.kind).slice(0, 4),
      },
    )
    const answers = await Promise.all(jobs.map((job) => batcher.add([job], kept())))
    expect(answers.flat()).toEqual(jobs.map(({ id }) => id))
    expect(Math.max(...passed.values())).toBeLessThanOrEqual(mostPassedOver)
    expect(mixed.filter((one) => !one).length).toBeGreaterThan(mixed.length / 2)
  })

  it.each(['inTurn', 'alike'] as const)('fails one and goes on where %s throws', async (method) => {
    const choice: Choice<number> = {
      ...inTurn(2),
      [method](items: readonly number[]) {
        if (items[0] === 1) throw new Error('cannot choose')
        return inTurn(2)[method](items)
      },
    }
    const batcher = new Batcher<number, number>(async (items) => items, choice)
    const settled = await Promise.allSettled([1, 2, 3].map((item) => batcher.add([item], kept())))
    expect(settled).toMatchObject([{ reason: { message: 'cannot choose' } }, { value: [2] }, { value: [3] }])
    expect(await batcher.add([4], kept())).toEqual([4])
  })

  it('with two runners runs two batches side by side, and shares what waits between them', async () => {
    const batches: number[][] = []
    let [running, most] = [0, 0]
    const batcher = new Batcher<number, number>(
      async (items) => {
        most = Math.max(most, ++running)
        batches.push(items)
        await new Promise((resolve) => setTimeout(resolve, 1))
        running--
        return items.map((item) => item * 10)
      },
      inTurn(4),
      2,
    )
    expect(await batcher.add([1, 2, 3, 4, 5], kept())).toEqual([10, 20, 30, 40, 50])
    expect(batches).toEqual([
      [1, 2, 3],
      [4, 5],
    ])
    const calls = await Promise.all(Array.from({ length: 40 }, (_, n) => batcher.add([n], kept())))
    expect(calls.flat()).toEqual(Array.from({ length: 40 }, (_, n) => 10 * n))
    expect(most).toBe(2)
    expect(await batcher.add([6], kept())).toEqual([60])
  })

  it('runs the first where nothing was chosen, and fails what got no result', async () => {
    const none: Choice<number> = { inTurn: () => 0, alike: () => [] }
    expect(await new Batcher<number, number>(async (items) => items, none).add([1, 2], kept())).toEqual([1, 2])
    const lost = new Batcher<number, number>(async (items) => items.slice(1), inTurn(2))
    await expect(lost.add([1, 2], kept())).rejects.toThrow('2 items gave 1 results')
  })
})

/**
 * In how many runs each call would be answered, were what each run serves divided evenly, in fractions of rows, among the calls that are
 * owed some (generalized processor sharing).
 */
function dividedEvenly(calls: readonly { rows: number; came: number }[], served: readonly number[]): number[] {
  const ends = new Array<number>(calls.length).fill(Number.POSITIVE_INFINITY)
  const owed = calls.map(({ rows }) => rows)
  let [first, next] = [0, 0] // those before `first` are answered; those from `next` on have not come
  for (const [run, rows] of served.entries()) {
    while (next < calls.length && calls[next]!.came <= run) next++
    let active: number[] = []
    for (let n = first; n < next; n++) if (owed[n]! > 1e-9) active.push(n)
    for (let left = rows; left > 1e-9 && active.length > 0; ) {
      const share = Math.min(left / active.length, Math.min(...active.map((n) => owed[n]!)))
      for (const n of active) {
        owed[n]! -= share
        if (owed[n]! <= 1e-9) ends[n] = run + 1
      }
      left -= share * active.length
      active = active.filter((n) => owed[n]! > 1e-9)
    }
    while (first < next && owed[first]! <= 1e-9) first++
  }
  return ends
}
