/**
 * What several generators give, in the order in which it comes. At most `max` of them are on their way at a time: where one ends, the next
 * begins. Throws what the first of them throws; whoever listens no more, or catches that, has ended them all.
 */
export async function* interleaved<Event>(begin: readonly (() => AsyncGenerator<Event, void>)[], max: number): AsyncGenerator<Event, void> {
  const waiting = [...begin]
  const running = new Map<AsyncGenerator<Event, void>, Promise<{ from: AsyncGenerator<Event, void>; step: IteratorResult<Event, void> }>>()
  const advance = (from: AsyncGenerator<Event, void>) => {
    const next = from.next().then((step) => ({ from, step }))
    next.catch(() => undefined) // it is heard of where it is waited for, which may be later
    running.set(from, next)
  }
  try {
    for (;;) {
      while (running.size < max && waiting.length > 0) advance((waiting.shift() as () => AsyncGenerator<Event, void>)())
      if (running.size === 0) return
      const { from, step } = await Promise.race(running.values())
      if (step.done) running.delete(from)
      else {
        advance(from) // it goes on while its event is told of
        yield step.value
      }
    }
  } finally {
    const left = [...running]
    await Promise.allSettled(left.map(([, step]) => step)) // a generator that is on its way can only be ended behind that
    await Promise.allSettled(left.map(([from]) => from.return()))
  }
}
