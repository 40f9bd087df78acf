import { createMiddleware } from 'hono/factory'

/** How much, and how many milliseconds long, is read of a body that the answer doesn't depend on any more. */
const maxBytes = 32 * 2 ** 20
const maxTime = 5000

/**
 * Reads what of the body nobody has read: one that is too large, or of a caller without a key. While there is more to come the
 * connection would be reset, and most clients would report that instead of the answer.
 */
export const drainBody = createMiddleware(async (c, next) => {
  const { body } = c.req.raw
  await next()
  if (body === null || body.locked) return
  const reader = body.getReader()
  const timer = setTimeout(() => void reader.cancel(), maxTime)
  try {
    for (let bytes = 0; bytes < maxBytes; ) {
      const { done, value } = await reader.read()
      if (done) return
      bytes += value.length
    }
  } catch {
    // the caller hung up: nobody reads the answer
  } finally {
    clearTimeout(timer)
  }
})
