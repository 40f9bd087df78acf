/** Batches of fewer rows are not cut for the sake of computing them side by side: each is a pass through all the weights. */
const fewRows = 4

/** How batches are computed. */
export interface Capacity {
  /** How many at the same time. */
  readonly sideBySide: number
  /** The most rows of one. */
  readonly maxRows: number
}

/** Batches of at most `maxRows` rows on all threads; of half as many where each has a thread alone, which is no faster a row with more. */
export function capacityOf(sideBySide: number, maxRows: number): Capacity {
  return { sideBySide, maxRows: sideBySide > 1 ? maxRows / 2 : maxRows }
}

/** So many rows a batch that each of those side by side has about as many. */
export function batchSize(rows: number, { sideBySide, maxRows }: Capacity): number {
  const busy = Math.max(1, Math.min(sideBySide, Math.ceil(rows / fewRows)))
  return Math.ceil(rows / (busy * Math.max(1, Math.ceil(rows / (busy * maxRows)))))
}

/** What `run` makes of each item, in the items' order. At most `max` runs are on their way at a time. Throws what the first that fails throws. */
export async function* inOrder<Item, Result>(
  items: readonly Item[],
  max: number,
  run: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void> {
  const running: Promise<Result>[] = []
  try {
    for (const item of items) {
      const result = run(item)
      result.catch(() => undefined) // it is heard of in its turn
      running.push(result)
      if (running.length === max) yield await (running.shift() as Promise<Result>)
    }
    while (running.length > 0) yield await (running.shift() as Promise<Result>)
  } finally {
    await Promise.allSettled(running)
  }
}
