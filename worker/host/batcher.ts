interface Job<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/** Runs items in batches, oldest first, one batch at a time. What comes while a batch runs waits for the next, whoever it is from. */
export class Batcher<Item, Result> {
  readonly #run: (items: Item[]) => Promise<Result[]>
  readonly #count: (items: readonly Item[]) => number
  readonly #queue: Job<Item, Result>[] = []
  #running = false

  /** `run` gives one result an item; `count`, of the waiting items, how many of the oldest make the next batch (at least one). */
  constructor(run: (items: Item[]) => Promise<Result[]>, count: (items: readonly Item[]) => number) {
    this.#run = run
    this.#count = count
  }

  /** The results of `items`, in their order. */
  async add(items: readonly Item[]): Promise<Result[]> {
    const results = items.map((item) => new Promise<Result>((resolve, reject) => this.#queue.push({ item, resolve, reject })))
    void this.#drain()
    return Promise.all(results)
  }

  async #drain(): Promise<void> {
    if (this.#running) return
    this.#running = true
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, this.#count(this.#queue.map(({ item }) => item)))
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

/** A run holds the thread, so requests that came meanwhile are delivered only when it is given back: they are to share the next batch. */
function arrivals(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
