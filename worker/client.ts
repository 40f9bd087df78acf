import type { Hono } from 'hono'
import { type ClientRequestOptions, hc } from 'hono/client'
import type { BlankEnv } from 'hono/types'
import type { createApp } from './app.ts'

/** The routes, without what only the Worker knows. */
type Routes = ReturnType<typeof createApp> extends Hono<infer _, infer Schema, infer BasePath> ? Hono<BlankEnv, Schema, BasePath> : never

/**
 * Hono's client of the service at `url`, with the types of all that it takes and answers. Keys go into `options`:
 * `{ headers: { Authorization: 'Bearer KEY' } }`. It throws where the service can't be reached; an error of the service is an answer whose
 * `ok` is false.
 */
export function createClient(url: string, options?: ClientRequestOptions) {
  return hc<Routes>(url, options)
}

export type Client = ReturnType<typeof createClient>
