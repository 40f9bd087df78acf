import { totalmem } from 'node:os'
import { readSettings, Settings } from '../settings.ts'

/** The process may have less than the machine: a container tells its limit here. */
const memory = Math.min(totalmem(), process.constrainedMemory?.() || Number.POSITIVE_INFINITY)

/** What a process holds where nothing else is set. What a caller may send is as in a Worker; what bounds an isolate's memory is wider here. */
const defaults = {
  MAX_QUEUE_ROWS: 4096,
  MAX_QUEUE_TOKENS: 2 ** 19,
  MAX_CALL_TOKENS: 2 ** 16,
  MAX_BATCH_TOKENS: 4096,
  MAX_ROW_TOKENS: 512,
  WEIGHT_FORMATS: 'int8,float32,q8,q4',
  PREFIX_CACHE_BYTES: 2 ** 28,
  MODEL_CACHE_BYTES: Math.floor(memory / 2),
}

/** The settings among the variables of `env`, with a process's defaults. Throws `usage` where one is no number or too small. */
export function nodeSettings(env: Readonly<Record<string, string | undefined>>): Settings {
  const given = Object.keys(Settings.shape).flatMap((name) => (env[name] ? [[name, env[name]]] : []))
  return readSettings({ ...defaults, ...Object.fromEntries(given) }, 'Set another value in the environment, or none.')
}
