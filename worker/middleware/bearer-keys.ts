import { createMiddleware } from 'hono/factory'
import { SoftPromptError } from '../../shared/error.ts'
import type { Served } from '../services.ts'
import { apiKeys } from './api-keys.ts'

/** Lets through who sends one of API_KEYS as `Authorization: Bearer …`, and everybody where none is set. */
export const bearerKeys = createMiddleware<Served>(async (c, next) => {
  const list = c.var.services.apiKeys
  if (!list) return next()
  const keys = apiKeys(list)
  const given = /^Bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1]
  if (given === undefined || !(await isOneOf(given, keys))) {
    c.header('WWW-Authenticate', 'Bearer')
    throw new SoftPromptError(
      'unauthorized',
      `Cannot serve this caller: ${given === undefined ? 'no API key was sent. Send one as "Authorization: Bearer KEY"' : 'the API key is not valid here'}.`,
    )
  }
  return next()
})

/** How long it takes tells nothing of the keys: hashes of equal length are compared whole, and all of them. */
async function isOneOf(given: string, keys: readonly string[]): Promise<boolean> {
  const [wanted, ...known] = await Promise.all(
    [given, ...keys].map((key) => crypto.subtle.digest('SHA-256', new TextEncoder().encode(key))),
  )
  return known.map((hash) => equal(new Uint8Array(hash), new Uint8Array(wanted as ArrayBuffer))).includes(true)
}

/** Whether two hashes are the same, compared to their ends. */
function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.reduce((different, byte, index) => different | (byte ^ (b[index] as number)), 0) === 0
}
