import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { interleaved } from '../../../trainer/train/interleaved.ts'
import { drain } from '../../fixtures/training.ts'

/** Gives `count` events, each when it is let. */
function source(name: string, count: number, log: string[] = []) {
  return async function* () {
    log.push(`${name} begins`)
    try {
      for (let i = 0; i < count; i++) {
        await Promise.resolve()
        yield `${name}${i}`
      }
    } finally {
      log.push(`${name} ends`)
    }
  }
}

test('all events of all generators, each one’s in its order', async () => {
  const { events } = await drain(interleaved([source('a', 3), source('b', 5), source('c', 0), source('d', 1)], 2))
  expect([...events].sort()).toEqual(['a0', 'a1', 'a2', 'b0', 'b1', 'b2', 'b3', 'b4', 'd0'])
  for (const name of ['a', 'b']) {
    const own = events.filter((event) => event.startsWith(name))
    expect(own).toEqual([...own].sort())
  }
})

test('no more are on their way than may be: the next begins where one has ended', async () => {
  const log: string[] = []
  await drain(interleaved([source('a', 2, log), source('b', 9, log), source('c', 1, log)], 2))
  expect(log.indexOf('c begins')).toBeGreaterThan(log.indexOf('a ends'))
  expect(log.indexOf('c begins')).toBeLessThan(log.indexOf('b ends'))
})

test('who listens no more ends them all, and what never began stays so', async () => {
  const log: string[] = []
  for await (const event of interleaved([source('a', 9, log), source('b', 9, log), source('c', 9, log)], 2)) if (event === 'a1') break
  expect(log.sort()).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
})

test('what one throws ends the others', async () => {
  const log: string[] = []
  const failing = async function* (): AsyncGenerator<string, void> {
    yield 'f0'
    throw new Error('no more')
  }
  await expect(drain(interleaved([source('a', 9, log), failing], 2))).rejects.toThrow('no more')
  expect(log).toEqual(['a begins', 'a ends'])
})

test('what is thrown while nobody waits is thrown to who listens next', async () => {
  const failing = async function* (): AsyncGenerator<string, void> {
    yield 'f0'
    throw new Error('no more')
  }
  const listening = interleaved([failing], 1)
  expect(await listening.next()).toEqual({ done: false, value: 'f0' })
  await setImmediate()
  await expect(listening.next()).rejects.toThrow('no more')
})
