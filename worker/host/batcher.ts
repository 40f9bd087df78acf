import { VirtualTime } from './virtual-time.ts'

/** Which of the waiting items make the next batch. They come in the order of their turns. */
export interface Choice<Item> {
  /** How many of the first would, were there nothing but turns: at least one. */
  inTurn(items: readonly Item[]): number
  /** The indices of those that run well with the first, its own among them. */
  alike(items: readonly Item[]): readonly number[]
}

interface Job<Item, Result> {
  readonly item: Item
  /** The virtual time at which its turn begins. */
  readonly turn: number
  /** How often it had its turn, and others ran in its place. */
  passedOver: number
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
  readonly caller: AbortSignal
}

/** In so many runs, at most, others go before an item that would have run by its turn. */
export const mostPassedOver = 4

/**
 * Runs items in batches, one batch at a time or, with several runners, one a runner. What comes while all run waits for the next, whoever it is from. Callers share the
 * service fairly, item by item, so that one with many holds up none with few, and those who keep coming hold up none who wait; among what
 * waits, the item whose turn it is runs with those that are like it.
 */
export class Batcher<Item, Result> {
  readonly #run: (items: Item[]) => Promise<Result[]>
  readonly #choice: Choice<Item>
  readonly #time = new VirtualTime()
  readonly #runners: number
  #queue: Job<Item, Result>[] = []
  #running = 0

  /** `run` gives one result an item. */
  constructor(run: (items: Item[]) => Promise<Result[]>, choice: Choice<Item>, runners = 1) {
    this.#run = run
    this.#choice = choice
    this.#runners = runners
  }

  /** The results of `items`, in their order. With `caller` aborted, those that wait leave the queue, and its reason is thrown. */
  async add(items: readonly Item[], caller: AbortSignal): Promise<Result[]> {
    caller.throwIfAborted()
    const first = this.#time.enter(caller, items.length)
    const results = items.map(
      (item, n) =>
        new Promise<Result>((resolve, reject) => this.#queue.push({ item, turn: first + n, passedOver: 0, resolve, reject, caller })),
    )
    this.#queue.sort((a, b) => a.turn - b.turn) // the older first where turns are equal: sorting is stable
    const leave = () => {
      const left = this.#queue.filter((job) => job.caller === caller)
      this.#queue = this.#queue.filter((job) => job.caller !== caller)
      this.#time.leave(caller)
      for (const { reject } of left) reject(caller.reason)
    }
    caller.addEventListener('abort', leave)
    while (this.#running < this.#runners && this.#queue.length > 0) void this.#drain()
    try {
      return await Promise.all(results)
    } finally {
      caller.removeEventListener('abort', leave)
    }
  }

  async #drain(): Promise<void> {
    this.#running++
    while (this.#queue.length > 0) {
      const batch = this.#next()
      this.#queue = this.#queue.filter((job) => !batch.includes(job))
      this.#time.advance(batch.length)
      await this.#settle(batch)
      await arrivals()
    }
    this.#running--
  }

  /** What runs next: never nothing, and never without the first. Where no choice can be made, the first fails alone. */
  #next(): Job<Item, Result>[] {
    const [first] = this.#queue as [Job<Item, Result>]
    const share = Math.ceil(this.#queue.length / (this.#runners - this.#running + 1)) // this runner is running already
    const items = this.#queue.map(({ item }) => item)
    try {
      const inTurn = this.#queue.slice(0, Math.min(share, Math.max(1, this.#choice.inTurn(items))))
      if (inTurn.some(({ passedOver }) => passedOver === mostPassedOver)) return inTurn
      const alike = new Set([0, ...this.#choice.alike(items)].slice(0, share + 1))
      for (const [index, job] of inTurn.entries()) if (!alike.has(index)) job.passedOver++
      return this.#queue.filter((_, index) => alike.has(index))
    } catch (error) {
      first.reject(error)
      return [first]
    }
  }

  async #settle(batch: Job<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#run(batch.map(({ item }) => item))
      if (results.length !== batch.length) throw new Error(`${batch.length} items gave ${results.length} results`)
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }
}

/** Work holds the thread, so requests that came meanwhile are delivered only when it is given back: they are to share the next batch. */
export function arrivals(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
