import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { begun, telling } from '../../../trainer/library/run.ts'

/** Tells 1 to `count`, and what it came to. */
async function* counting(count: number, ended: { early: boolean } = { early: false }) {
  let reached = 0
  try {
    while (reached < count) yield ++reached
    return `counted to ${count}`
  } finally {
    ended.early = reached < count
  }
}

async function* failing() {
  yield 1
  throw new Error('no more')
}

async function heard(events: AsyncIterable<number>): Promise<number[]> {
  const all: number[] = []
  for await (const event of events) all.push(event)
  return all
}

describe('work under way', () => {
  test('tells all to who listens, and then has its result', async () => {
    const run = begun(counting(3))
    expect(await heard(run)).toEqual([1, 2, 3])
    expect(await run).toBe('counted to 3')
  })

  test('goes on by itself where nobody listens', async () => {
    expect(await begun(counting(3))).toBe('counted to 3')
  })

  test('waits for who listens', async () => {
    let made = 0
    async function* making() {
      for (; made < 10; made++) yield made
    }
    for await (const event of begun(making())) {
      await pause(1)
      expect(made).toBe(event)
    }
  })

  test('may be listened to later: to what comes then', async () => {
    async function* slow() {
      for (let i = 0; i < 50; i++) {
        await pause(1)
        yield i
      }
      return 'done'
    }
    const run = begun(slow())
    await pause(10)
    expect((await heard(run)).at(-1)).toBe(49)
    expect(await run).toBe('done')
  })

  test('is stopped by who leaves the loop', async () => {
    const ended = { early: false }
    const run = begun(counting(1000, ended))
    for await (const event of run) if (event === 3) break
    expect(ended.early).toBe(true)
    await expect(run).rejects.toMatchObject({ code: 'interrupted' })
  })

  test('throws at who listens, and rejects', async () => {
    const run = begun(failing())
    await expect(heard(run)).rejects.toThrow('no more')
    await expect(run).rejects.toThrow('no more')
    await expect(begun(failing())).rejects.toThrow('no more')
  })
})

describe('work that tells as it goes', () => {
  test('is a generator of what it tells, in order, and of its result', async () => {
    const run = begun(
      telling<number, string>(async (tell) => {
        tell(1)
        await pause(1)
        for (const event of [2, 3]) tell(event)
        return 'done'
      }),
    )
    expect(await heard(run)).toEqual([1, 2, 3])
    expect(await run).toBe('done')
  })

  test('tells all before it throws', async () => {
    const told: number[] = []
    const run = begun(
      telling<number, never>(async (tell) => {
        tell(1)
        throw new Error('no more')
      }),
    )
    await expect(
      (async () => {
        for await (const event of run) told.push(event)
      })(),
    ).rejects.toThrow('no more')
    expect(told).toEqual([1])
  })
})
