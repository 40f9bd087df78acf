import { setImmediate as nextTurn } from 'node:timers/promises'
import { SoftPromptError } from '../../shared/error.ts'

/**
 * Work under way: a promise of its result, and what it tells meanwhile. It waits for who listens, and goes on by itself where nobody does;
 * who leaves the loop before its end stops it.
 */
export type Run<Event, Result> = Promise<Result> & AsyncIterable<Event>

/** Begins `work`, which tells its events and returns its result. */
export function begun<Event, Result>(work: AsyncGenerator<Event, Result>): Run<Event, Result> {
  let listened = false
  let settle: { resolve(result: Result): void; reject(error: unknown): void } | undefined
  const result = new Promise<Result>((resolve, reject) => {
    settle = { resolve, reject }
  })
  const advance = async () => {
    try {
      const step = await work.next()
      if (step.done) settle?.resolve(step.value)
      return step
    } catch (error) {
      settle?.reject(error)
      throw error
    }
  }
  async function* events(): AsyncGenerator<Event, void> {
    listened = true
    result.catch(() => undefined) // who listens hears of it there
    try {
      for (let step = await advance(); !step.done; step = await advance()) yield step.value
    } finally {
      settle?.reject(new SoftPromptError('interrupted', 'Stopped: what it tells was no longer listened to.'))
      await work.return(undefined as never)
    }
  }
  const alone = async () => {
    await nextTurn() // a loop right behind the call hears of everything
    while (!listened) if ((await advance()).done) return
  }
  alone().catch(() => undefined) // it is the promise that rejects
  return Object.assign(result, { [Symbol.asyncIterator]: events })
}

/** Work that tells as it goes, as a generator of what it tells. Ended early, it is waited for. */
export async function* telling<Event, Result>(work: (tell: (event: Event) => void) => Promise<Result>): AsyncGenerator<Event, Result> {
  const told: Event[] = []
  let wake = () => {}
  const working = work((event) => {
    told.push(event)
    wake()
  })
  let ended = false
  const end = working.then(() => undefined, () => undefined).then(() => { ended = true; wake() }) // biome-ignore format: one thought
  try {
    while (!ended || told.length > 0) {
      const event = told.shift()
      if (event !== undefined) yield event
      else if (!ended)
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
    return await working
  } finally {
    await end
  }
}
