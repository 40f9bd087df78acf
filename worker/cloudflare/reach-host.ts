import { SoftPromptError } from '../../shared/error.ts'
import type { Environment } from '../environment.ts'
import type { HostApi, Reply } from '../protocol.ts'

const attempts = 3
/** At most so many milliseconds, then twice as many; by chance shorter, so that callers who failed together do not come back together. */
const firstPause = 25

/** What `ask` gets from the host `name`, which is made near `region` if there is none yet. */
export function reachHost<Value>(
  { MODEL_HOST }: Environment,
  name: string,
  region: DurableObjectLocationHint | null,
  ask: (host: HostApi) => Promise<Reply<Value>>,
): Promise<Reply<Value>> {
  const id = MODEL_HOST.idFromName(name)
  return retried(() => ask(MODEL_HOST.get(id, region === null ? {} : { locationHint: region })))
}

/**
 * `call`'s value. A call that failed before the host took it is `retryable` and made again, with a new stub, since the old one stays
 * broken; one refused because the host is `overloaded` never is, or a busy host would only get busier.
 */
export async function retried<Value>(call: () => Promise<Value>): Promise<Value> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call()
    } catch (cause) {
      const { retryable = false, overloaded = false } = cause as { retryable?: boolean; overloaded?: boolean }
      if (overloaded)
        throw new SoftPromptError('overloaded', 'Cannot reach the model: its host has too many requests. Try again in a moment.', { cause })
      if (!retryable || attempt === attempts) throw cause
      await scheduler.wait(firstPause * 2 ** (attempt - 1) * Math.random())
    }
  }
}
