import { createHash } from 'node:crypto'

/** The SHA-256 of a value as JSON: the same of values that are the same, keys in their order. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex')
}
