import { createMiddleware } from 'hono/factory'
import { SoftPromptError } from '../../shared/error.ts'
import type { Served } from '../services.ts'

/** `application/json` and its kin, with or without parameters. */
const jsonType = /^application\/([\w.-]+\+)?json *(;|$)/i

/**
 * Takes a body of at most MAX_BODY_BYTES in UTF-8, its length announced or not, and as JSON whatever its type says: `curl -d` calls it a
 * form. Where no keys are set, a browser has to say JSON: then it asks before it lets a page of another site send anything, and is told no.
 */
export const jsonBody = createMiddleware<Served>(async (c, next) => {
  const { raw } = c.req
  const { settings, apiKeys } = c.var.services
  if (raw.body === null || raw.method === 'GET' || raw.method === 'HEAD') return next() // theirs, if any, has no meaning
  const isJson = jsonType.test(raw.headers.get('content-type') ?? '')
  if (!isJson && !apiKeys && raw.headers.has('origin')) {
    throw new SoftPromptError(
      'unsupported_type',
      'Cannot take the request: it comes from a web page (it has an Origin header), no API keys are set here, and its Content-Type is not JSON. Send "Content-Type: application/json".' +
        (settings.CORS_ORIGINS.length > 0 ? '' : ' To let pages of other origins call, name these in CORS_ORIGINS.'),
    )
  }
  const text = utf8(await bodyBytes(raw, settings.MAX_BODY_BYTES))
  const headers = new Headers(raw.headers)
  headers.set('content-type', 'application/json')
  c.req.raw = new Request(raw, { headers, body: text, signal: raw.signal })
  return next()
})

/** The body of `request`. Throws `too_large` where it has more than `maxSize` bytes, and leaves the rest unread; `invalid_request` where it breaks off. */
async function bodyBytes({ headers, body }: Request, maxSize: number): Promise<Uint8Array> {
  const tooLarge = () =>
    new SoftPromptError('too_large', `Cannot take the request: its body has more than ${maxSize} bytes. Send fewer texts in a call.`)
  if (Number(headers.get('content-length')) > maxSize) throw tooLarge()
  const reader = (body as ReadableStream<Uint8Array>).getReader()
  const chunks: Uint8Array[] = []
  try {
    for (let size = 0; ; ) {
      const { done, value } = await reader.read().catch(brokenOff)
      if (done) return new Uint8Array(await new Blob(chunks).arrayBuffer())
      size += value.length
      if (size > maxSize) throw tooLarge()
      chunks.push(value)
    }
  } finally {
    reader.releaseLock()
  }
}

function brokenOff(cause: unknown): never {
  throw new SoftPromptError(
    'invalid_request',
    'Cannot read the request: its body breaks off, or is not sent in chunks as HTTP/1.1 wants them. Send it whole.',
    { cause },
  )
}

/** `bytes` as text. Throws `invalid_request` where they are not UTF-8. */
function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch (cause) {
    throw new SoftPromptError('invalid_request', 'Cannot read the request: its body is not valid UTF-8. Encode the JSON in UTF-8.', {
      cause,
    })
  }
}
