import type { Store } from '../shared/engine/store.ts'
import type { HostApi, Reply } from './protocol.ts'
import type { Settings } from './settings.ts'

/** What answering a request takes of the place where the app runs: of Cloudflare, or of a process of its own. */
export interface Services {
  readonly settings: Settings
  readonly store: Store
  /** Bearer keys, comma-separated. Without them every caller is served. */
  readonly apiKeys: string | undefined
  /** Where hosts for the caller are put; null where that makes no difference. */
  readonly region: string | null
  /** What `ask` gets from the host `name`. */
  reach<Value>(name: string, ask: (host: HostApi) => Promise<Reply<Value>>): Promise<Reply<Value>>
  /** Lets `work` end when the caller has hung up. */
  waitUntil(work: Promise<unknown>): void
}

/** What every route finds in its context. */
export interface Served {
  readonly Variables: { readonly services: Services }
}
