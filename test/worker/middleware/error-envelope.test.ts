import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest'
import { type ErrorCode, SoftPromptError } from '../../../shared/error.ts'
import { answerError, errorEnvelope } from '../../../worker/middleware/error-envelope.ts'
import { refusal } from '../../fixtures/worker/ask.ts'

let logged: MockInstance<typeof console.error>
beforeEach(() => {
  logged = vi.spyOn(console, 'error').mockImplementation(() => undefined)
})
afterEach(() => void vi.restoreAllMocks())

/** What a caller is answered whose route throws `error`. */
async function answerTo(error: Error): Promise<Response> {
  const app = new Hono()
  app.onError(answerError)
  app.get('/', () => {
    throw error
  })
  return app.request('/')
}

const [caller, service] = ['invalid_request_error', 'server_error']
/** What callers may rely on. */
const answers: Record<ErrorCode, [status: number, type: string]> = {
  invalid_request: [400, caller],
  invalid_data: [400, caller],
  unauthorized: [401, 'authentication_error'],
  unknown_task: [404, 'not_found_error'],
  not_found: [404, 'not_found_error'],
  conflict: [409, caller],
  too_large: [413, caller],
  unsupported_type: [415, caller],
  overloaded: [503, 'overloaded_error'],
  not_ready: [503, service],
  storage: [503, service],
  interrupted: [503, service],
  base_mismatch: [500, service],
  invalid_file: [500, service],
  invalid_model: [500, service],
  invalid_prompt: [500, service],
  unsupported: [500, service],
  usage: [500, service],
  diverged: [500, service],
}

it.each(Object.entries(answers) as [ErrorCode, [number, string]][])('%s is answered with %j', async (code, [status, type]) => {
  const response = await answerTo(new SoftPromptError(code, 'What went wrong.'))
  expect(response.headers.get('retry-after')).toBe(status === 503 ? '1' : null)
  // what a store says may have its address in it
  const message = code === 'storage' ? 'Cannot read from the store. Try again.' : 'What went wrong.'
  expect(await refusal(response)).toEqual({ status, type, code, message, param: null })
  // the log has what the caller did not do
  expect(logged.mock.calls).toEqual(status === 500 || code === 'storage' ? [[`${code}: What went wrong.`]] : [])
})

it('an error names the field at fault', async () => {
  const error = new SoftPromptError('invalid_request', 'It is no text.', { param: 'inputs.3' })
  expect(await refusal(answerTo(error))).toMatchObject({ status: 400, param: 'inputs.3' })
})

it('an answer may be an error without one being thrown', async () => {
  const app = new Hono().get('/', (c) => errorEnvelope(c, 'method_not_allowed', 'Cannot GET /: it takes POST.'))
  expect(await refusal(app.request('/'))).toEqual({
    ...{ status: 405, type: caller, code: 'method_not_allowed', param: null },
    message: 'Cannot GET /: it takes POST.',
  })
})

describe('an error that is not ours', () => {
  it('is the caller’s where Hono says so of a request', async () => {
    expect(await refusal(answerTo(new HTTPException(400, { message: 'Malformed JSON in request body' })))).toMatchObject({
      ...{ status: 400, code: 'invalid_request' },
      message: 'Cannot read the request: Malformed JSON in request body.',
    })
    expect(logged).not.toHaveBeenCalled()
  })

  it.each([new HTTPException(500, { message: 'the secret is 1234' }), new TypeError('the secret is 1234')])(
    'is told to the log alone: %s',
    async (error) => {
      const response = await answerTo(error)
      expect(await response.clone().text()).not.toContain('secret')
      expect(await refusal(response)).toMatchObject({ status: 500, type: service, code: 'internal', param: null })
      expect(logged).toHaveBeenCalledExactlyOnceWith(error)
    },
  )
})
