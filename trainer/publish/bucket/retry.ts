import { setTimeout as pause } from 'node:timers/promises'
import { SoftPromptError } from '../../../shared/error.ts'

/** Waits between the tries, in ms, before up to as much again by chance. */
const waits = [50, 100, 200, 400, 800, 1600]
/**
 * R2's numbers for what may go well a moment later: internal error, unavailable, connection lost, too many requests.
 * 0 is how the local R2 says that another process was writing.
 */
const passing = new Set(['0', '10001', '10043', '10054', '10058'])

/** A failure that another try at once would only repeat: a full disk, no answer in time. */
export class LastingError extends Error {}

/**
 * `work`'s value. Tried again where R2 fails in passing, so `work` must be such that a second time does no harm; where it
 * goes on failing, an error that says what was being done. `wait` is given the ms to the next try.
 */
export async function withRetries<Value>(
  doing: string,
  work: () => Promise<Value>,
  wait: (ms: number) => Promise<unknown> = pause,
): Promise<Value> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work()
    } catch (cause) {
      if (cause instanceof SoftPromptError) throw cause // interrupted
      const why = cause instanceof Error ? cause.message : String(cause)
      const code = /\((\d+)\)\s*$/.exec(why)?.[1]
      const least = waits[attempt]
      const mayPass = !(cause instanceof LastingError) && (code === undefined || passing.has(code))
      if (least !== undefined && mayPass) {
        await wait(least * (1 + Math.random()))
        continue
      }
      throw new SoftPromptError(
        'storage',
        `Cannot ${doing} in the bucket: ${why}. Try again: what is already stored stays, and no task was left half changed.`,
        { cause },
      )
    }
  }
}
