import type { Hook } from '@hono/zod-openapi'
import { SoftPromptError } from '../../shared/error.ts'
import type { Environment } from '../settings.ts'

/** Turns what a route's schema refuses into an error that names the field. */
// biome-ignore lint/suspicious/noExplicitAny: Hono's own type for a hook of any route
export const refuseInvalid: Hook<any, { Bindings: Environment }, any, any> = (result) => {
  if (result.success) return
  const issue = result.error.issues[0]
  const param = issue?.path.join('.') || null
  throw new SoftPromptError('invalid_request', `Cannot read the request: ${param ?? 'the body'}: ${issue?.message}.`, { param })
}
