interface Job<Item, Result> {
  readonly item: Item
  /** Smaller ones run first. */
  readonly turn: number
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
  readonly signal: AbortSignal
}

/**
 * Runs items in batches, one batch at a time. What comes while a batch runs waits for the next, whoever it is from; callers take
 * turns item by item, so that one with many does not hold up one with few.
 */
export class Batcher<Item, Result> {
  readonly #run: (items: Item[]) => Promise<Result[]>
  readonly #count: (items: readonly Item[]) => number
  #queue: Job<Item, Result>[] = []
  #running = false
  /** The turn of the last item that was run. A caller's first item takes this turn, the next ones those after it. */
  #turn = 0

  /** `run` gives one result an item; `count`, of the waiting items in their order, how many make the next batch (at least one). */
  constructor(run: (items: Item[]) => Promise<Result[]>, count: (items: readonly Item[]) => number) {
    this.#run = run
    this.#count = count
  }

  /** The results of `items`, in their order. With `signal` aborted, those that wait leave the queue, and its reason is thrown. */
  async add(items: readonly Item[], signal: AbortSignal): Promise<Result[]> {
    signal.throwIfAborted()
    const first = this.#turn
    const results = items.map(
      (item, n) => new Promise<Result>((resolve, reject) => this.#queue.push({ item, turn: first + n, resolve, reject, signal })),
    )
    this.#queue.sort((a, b) => a.turn - b.turn) // the older first where turns are equal: sorting is stable
    const leave = () => {
      const left = this.#queue.filter((job) => job.signal === signal)
      this.#queue = this.#queue.filter((job) => job.signal !== signal)
      for (const { reject } of left) reject(signal.reason)
    }
    signal.addEventListener('abort', leave)
    void this.#drain()
    try {
      return await Promise.all(results)
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }

  async #drain(): Promise<void> {
    if (this.#running) return
    this.#running = true
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, this.#count(this.#queue.map(({ item }) => item)))
      this.#turn = batch.at(-1)?.turn ?? this.#turn
      await this.#settle(batch)
      await arrivals()
    }
    this.#running = false
  }

  async #settle(batch: Job<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#run(batch.map(({ item }) => item))
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
