import type { HostApi } from './protocol.ts'
import { readSettings, type Settings } from './settings.ts'

/** What wrangler.toml binds. */
export interface Environment extends Partial<Record<keyof Settings, string | number>> {
  readonly BUCKET: R2Bucket
  readonly MODEL_HOST: DurableObjectNamespace<HostApi & Rpc.DurableObjectBranded>
  /** A secret: bearer keys, comma-separated. Without it every caller is served. */
  readonly API_KEYS?: string
}

/** Each request asks, and an environment never changes. */
const known = new WeakMap<Environment, Settings>()

/** The limits of `environment`, with the defaults for those not set. Throws `usage` where one is no number or too small. */
export function settingsOf(environment: Environment): Settings {
  const settings = known.get(environment) ?? readSettings(environment, 'Fix it under [vars] in wrangler.toml.')
  known.set(environment, settings)
  return settings
}
