import { unlessAborted } from '../../shared/unless-aborted.ts'
import type { Asked, Place, TaskResult } from './place.ts'
import { ServiceError } from './service-error.ts'

/** Texts of one call: as many of the longest rows as the service takes in one by default. */
const callSize = 64
/** Calls under way at a time. */
const atOnce = 2
/** How often a busy service is asked again, and after how many seconds where it does not say. */
const attempts = 8
const pause = 2

/**
 * Answers `asked` in several calls, and tells `onResults` of each call's results and the place of the first. A service that takes less in
 * a call gets less, a busy one is asked again when it says.
 */
export async function classifyMany(
  place: Place,
  asked: readonly Asked[],
  onResults: (from: number, results: readonly TaskResult[]) => void,
  signal: AbortSignal,
): Promise<void> {
  let size = callSize
  let next = 0
  const failed = new AbortController()
  const ended = AbortSignal.any([signal, failed.signal])
  const work = async () => {
    while (next < asked.length) {
      ended.throwIfAborted()
      const from = next
      next = Math.min(asked.length, from + size)
      await answerRange(from, next)
    }
  }
  const answerRange = async (from: number, to: number): Promise<void> => {
    try {
      const { results } = await whenFree(() => place.classify(asked.slice(from, to), ended), ended)
      onResults(from, results)
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== 'too_large' || to - from === 1) throw error
      size = Math.max(1, Math.min(size, Math.floor((to - from) / 2)))
      for (let at = from; at < to; at += size) await answerRange(at, Math.min(to, at + size))
    }
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, work))
  } catch (error) {
    failed.abort(error)
    throw error
  }
}

/** `call`'s value. An overloaded service is asked again. */
async function whenFree<Value>(call: () => Promise<Value>, signal: AbortSignal): Promise<Value> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== 'overloaded' || attempt === attempts) throw error
      const ms = (error.retryAfter ?? pause) * 1000
      await unlessAborted(signal, new Promise((resolve) => setTimeout(resolve, ms)))
    }
  }
}
