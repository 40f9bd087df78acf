import type { Context } from 'hono'
import { SoftPromptError } from '../../shared/error.ts'
import { type Environment, settingsOf } from '../environment.ts'
import type { Services } from '../services.ts'
import { r2Store } from '../store/r2-store.ts'
import { reachHost } from './reach-host.ts'
import { regionOf } from './region.ts'

/** The services of a request to the Worker, from what wrangler.toml binds. */
export function servicesOf(c: Context): Services {
  const environment = c.env as Environment
  const region = regionOf(c.req.raw)
  const bound = () => {
    if (environment.BUCKET && environment.MODEL_HOST) return
    throw new SoftPromptError('not_ready', 'Cannot serve yet: the bindings BUCKET and MODEL_HOST of wrangler.toml are missing.')
  }
  return {
    get settings() {
      return settingsOf(environment)
    },
    get store() {
      bound()
      return r2Store(environment.BUCKET)
    },
    apiKeys: environment.API_KEYS,
    region,
    reach: (name, ask) => reachHost(environment, name, region, ask),
    waitUntil: (work) => c.executionCtx.waitUntil(work),
  }
}
