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
