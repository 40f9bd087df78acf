import type { Hook } from '@hono/zod-openapi'
import { excerpt, SoftPromptError } from '../../shared/error.ts'
import type { Served } from '../services.ts'

/** Turns what a route's schema refuses into an error that names the field and, where it stands in the address, what was sent. */
// biome-ignore lint/suspicious/noExplicitAny: Hono's own type for a hook of any route
export const refuseInvalid: Hook<any, Served, any, any> = (result, c) => {
  if (result.success) return
  const issue = result.error.issues[0]
  const param = issue?.path.join('.') || null
  const sent = param !== null && result.target === 'query' ? c.req.queries(param) : undefined
  const instead = sent === undefined ? '' : `, and ${sent.map((value) => excerpt(JSON.stringify(value))).join(' and ')} was sent`
  throw new SoftPromptError('invalid_request', `Cannot read the request: ${param ?? 'the body'}: ${issue?.message}${instead}.`, { param })
}
