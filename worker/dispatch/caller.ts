import type { Context } from 'hono'
import type { Served } from '../services.ts'
import { waitOf } from './wait.ts'

/** Who waits for an answer. */
export interface Caller {
  /** How many milliseconds for. */
  readonly waitMs: number
  /** Aborted where the caller hangs up. */
  readonly signal: AbortSignal
}

export function callerOf(c: Context<Served>): Caller {
  return { waitMs: waitOf(c.req.header('prefer'), c.var.services.settings.MAX_WAIT_MS), signal: c.req.raw.signal }
}
