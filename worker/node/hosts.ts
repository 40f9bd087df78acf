import type { Store } from '../../shared/engine/store.ts'
import { Host } from '../host/host.ts'
import { ResidentModels } from '../host/resident-models.ts'
import { openThreadedSession } from '../runtimes/node.ts'
import type { Services } from '../services.ts'
import type { Settings } from '../settings.ts'

/** What the app works with in this process. */
export interface NodeParts {
  readonly store: Store
  readonly settings: Settings
  readonly apiKeys: string | undefined
  /** Cores for ONNX Runtime. */
  readonly cores: number
}

/** The services of every request, with the hosts as objects of this process. */
export function nodeServices({ store, settings, apiKeys, cores }: NodeParts): Services & { close(): Promise<void> } {
  const models = new ResidentModels(settings.MODEL_CACHE_BYTES, {
    open: ({ graph, weights }) => openThreadedSession(graph, weights, cores),
    room: {
      place: 'this process',
      remedy:
        'Give it a larger MODEL_CACHE_BYTES and a machine with more memory, import the model in a smaller weight format, or take a smaller one.',
    },
  })
  const hosts = new Map<string, Host>()
  const hostOf = (name: string) => {
    const host = hosts.get(name) ?? new Host({ settings, store, models, runtimeBytes: () => process.memoryUsage.rss(), runners: cores })
    hosts.set(name, host)
    return host
  }
  return {
    settings,
    store,
    apiKeys,
    region: null,
    reach: (name, ask) => ask(hostOf(name)),
    waitUntil: (work) => void work.catch((error) => console.error(error)),
    close: () => models.close(),
  }
}
