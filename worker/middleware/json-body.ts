import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { SoftPromptError } from '../../shared/error.ts'
import { type Environment, readSettings } from '../settings.ts'

/** Takes a body of at most MAX_BODY_BYTES, its length announced or not, and as JSON whatever its type says: `curl -d` calls it a form. */
export const jsonBody = createMiddleware<{ Bindings: Environment }>((c, next) => {
  const maxSize = readSettings(c.env).MAX_BODY_BYTES
  const onError = () => {
    throw new SoftPromptError('too_large', `Cannot take the request: its body has more than ${maxSize} bytes. Send fewer texts in a call.`)
  }
  return bodyLimit({ maxSize, onError })(c, () => {
    if (c.req.raw.body !== null && c.req.header('content-type') !== 'application/json') {
      const headers = new Headers(c.req.raw.headers)
      headers.set('content-type', 'application/json')
      c.req.raw = new Request(c.req.raw, { headers })
    }
    return next()
  })
})
