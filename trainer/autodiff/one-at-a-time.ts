import type { OpenSession } from '../runtime.ts'

/** A door whose sessions take turns: one that runs has all threads to itself. */
export function oneAtATime(open: OpenSession): OpenSession {
  let last: Promise<unknown> = Promise.resolve()
  return async (graph, options) => {
    const session = await open(graph, options)
    return {
      ...session,
      get ended() {
        return session.ended === true
      },
      run(feeds, wanted) {
        const run = last.then(() => session.run(feeds, wanted))
        last = run.catch(() => undefined)
        return run
      },
    }
  }
}
