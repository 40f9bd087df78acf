import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { type ErrorCode, SoftPromptError } from '../../shared/error.ts'
import { printable } from '../../shared/printable.ts'

type EnvelopeCode = ErrorCode | 'method_not_allowed' | 'range_not_satisfiable' | 'internal'

/** The status and OpenAI's type of each code. Faults of a package or of the service are 500: the caller did nothing wrong. */
const answers: Record<EnvelopeCode, readonly [status: ContentfulStatusCode, type: string]> = {
  invalid_request: [400, 'invalid_request_error'],
  invalid_data: [400, 'invalid_request_error'],
  unauthorized: [401, 'authentication_error'],
  unknown_task: [404, 'not_found_error'],
  not_found: [404, 'not_found_error'],
  method_not_allowed: [405, 'invalid_request_error'],
  conflict: [409, 'invalid_request_error'],
  too_large: [413, 'invalid_request_error'],
  unsupported_type: [415, 'invalid_request_error'],
  range_not_satisfiable: [416, 'invalid_request_error'],
  overloaded: [503, 'overloaded_error'],
  not_ready: [503, 'server_error'],
  storage: [503, 'server_error'],
  base_mismatch: [500, 'server_error'],
  invalid_file: [500, 'server_error'],
  invalid_model: [500, 'server_error'],
  invalid_prompt: [500, 'server_error'],
  unsupported: [500, 'server_error'],
  usage: [500, 'server_error'],
  diverged: [500, 'server_error'],
  interrupted: [503, 'server_error'], // the caller hung up, and nobody reads it
  internal: [500, 'server_error'],
}

type Details = Partial<Pick<SoftPromptError, 'param' | 'retryAfter'>>

/** `{"error": {"message", "type", "code", "param"}}`, as OpenAI's clients know it. */
export function errorEnvelope(
  c: Context,
  code: EnvelopeCode,
  message: string,
  { param = null, retryAfter = null }: Details = {},
): Response {
  const [status, type] = answers[code]
  if (status === 503) c.header('Retry-After', String(retryAfter ?? 1))
  return c.json({ error: { message, type, code, param } }, status)
}

/** Any error as an envelope. What isn't the caller's to know goes to the log only. */
export function answerError(error: Error, c: Context): Response {
  if (error instanceof SoftPromptError) {
    if (answers[error.code][0] === 500 || error.code === 'storage') console.error(`${error.code}: ${printable(error.message)}`)
    if (error.code === 'storage') return errorEnvelope(c, 'storage', 'Cannot read from the store. Try again.', error)
    return errorEnvelope(c, error.code, error.message, error)
  }
  // Hono and its validator throw it for bodies that they can't read.
  if (error instanceof HTTPException && error.status < 500)
    return errorEnvelope(c, 'invalid_request', `Cannot read the request: ${error.message}.`)
  console.error(error)
  return errorEnvelope(c, 'internal', 'Something went wrong here. The log says what.')
}
