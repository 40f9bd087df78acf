import { apiKeys, keyWarnings } from '../middleware/api-keys.ts'
import { nodeSettings } from './defaults.ts'
import { type NodeParts, nodeServices } from './hosts.ts'
import { type Listening, listen } from './server.ts'
import { watch } from './watch.ts'

export interface ServeOptions extends Pick<NodeParts, 'store' | 'cores'> {
  readonly port: number
  readonly host: string
  /** The folder of the playground and the API's documentation. */
  readonly site: string
  /** The settings by their names, and API_KEYS. */
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface Serving extends Pick<Listening, 'url'> {
  /** Whether callers need a key. */
  readonly keyed: boolean
  /** What is odd but allowed. */
  readonly warnings: readonly string[]
  /** Notices what is published: `tell` is given a line for each change. */
  watch(every: number, tell: (line: string) => void): void
  /** Takes nothing new, and ends when what is under way has, or after the longest that a caller may wait. */
  stop(): Promise<void>
}

/** The app in this process, at an address of this machine. Throws `usage` where that cannot be had or a setting is wrong. */
export async function serve({ store, cores, port, host, site, env }: ServeOptions): Promise<Serving> {
  const settings = nodeSettings(env)
  if (env.API_KEYS) apiKeys(env.API_KEYS) // refused now rather than call by call
  const services = nodeServices({ store, settings, cores, apiKeys: env.API_KEYS })
  const listening = await listen(services, site, { port, host })
  const stopped = new AbortController()
  let watching: Promise<void> = Promise.resolve()
  return {
    url: listening.url,
    keyed: Boolean(env.API_KEYS),
    warnings: keyWarnings(env.API_KEYS),
    watch(every, tell) {
      watching = watch(services, every, stopped.signal, tell)
    },
    async stop() {
      stopped.abort()
      await listening.stop(settings.MAX_WAIT_MS)
      await watching
      await services.close()
    },
  }
}
