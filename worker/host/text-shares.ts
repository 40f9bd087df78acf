import { arrivals } from './batcher.ts'

/** Characters tokenised in one go, before others are let in. */
const characterShare = 2 ** 14

/**
 * Told of the characters of each text that was tokenised, gives what to await where a share is full: it lets others in, and throws then where
 * `signal` is aborted. Else null, so that a call which is no more than a share keeps its place before those that came later.
 */
export function textShares(signal: AbortSignal): (characters: number) => Promise<void> | null {
  let sum = 0
  return (characters) => {
    sum += characters
    if (sum < characterShare) return null
    sum = 0
    return arrivals().then(() => signal.throwIfAborted())
  }
}
