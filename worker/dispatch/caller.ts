import type { Context } from 'hono'
import { type Environment, readSettings } from '../settings.ts'
import { waitOf } from './wait.ts'

/** Who waits for an answer. */
export interface Caller {
  readonly region: DurableObjectLocationHint | null
  /** How many milliseconds for. */
  readonly waitMs: number
  /** Aborted where the caller hangs up. */
  readonly signal: AbortSignal
  /** Work that goes on when the caller has hung up. */
  readonly waitUntil: (work: Promise<unknown>) => void
}

export function callerOf(c: Context<{ Bindings: Environment }>): Caller {
  return {
    region: regionOf(c.req.raw),
    waitMs: waitOf(c.req.header('prefer'), readSettings(c.env).MAX_WAIT_MS),
    signal: c.req.raw.signal,
    waitUntil: (work) => c.executionCtx.waitUntil(work),
  }
}

const byContinent: Readonly<Record<string, DurableObjectLocationHint>> = {
  AF: 'afr',
  AS: 'apac',
  EU: 'weur',
  NA: 'enam',
  OC: 'oc',
  SA: 'sam',
}

/** Where hosts for a caller are put: near them. Null where the caller's place is not known, as in a local run. */
export function regionOf(request: Request): DurableObjectLocationHint | null {
  const cf = request.cf as Partial<IncomingRequestCfProperties> | undefined
  if (cf?.continent === 'NA' && Number(cf.longitude) < -100) return 'wnam'
  if (cf?.continent === 'EU' && Number(cf.longitude) > 20) return 'eeur'
  return byContinent[cf?.continent ?? ''] ?? null
}
