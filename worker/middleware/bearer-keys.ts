import { createMiddleware } from 'hono/factory'
import { SoftPromptError } from '../../shared/error.ts'
import type { Environment } from '../settings.ts'
import { apiKeys } from './api-keys.ts'

/** Lets through who sends one of API_KEYS as `Authorization: Bearer …`, and everybody where none is set. */
export const bearerKeys = createMiddleware<{ Bindings: Environment }>(async (c, next) => {
  if (!c.env.API_KEYS) return next()
  const given = /^Bearer +(\S+) *$/i.exec(c.req.header('authorization') ?? '')?.[1]
  if (given === undefined || !(await isOneOf(given, apiKeys(c.env.API_KEYS)))) {
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
  return known.map((hash) => crypto.subtle.timingSafeEqual(hash, wanted as ArrayBuffer)).includes(true)
}
