import { describe, expect, it } from 'vitest'
import { ask, refusal } from '../../fixtures/worker/ask.ts'

const keys = { API_KEYS: 'first-key, second-key' }
const tasks = (authorization?: string, settings: { API_KEYS?: string } = keys) =>
  ask('/v1/tasks', authorization === undefined ? {} : { headers: { authorization } }, settings)

describe('with API_KEYS', () => {
  it.each(['Bearer first-key', 'Bearer second-key', 'bearer  second-key'])('lets through %j', async (authorization) => {
    expect((await tasks(authorization)).status).toBe(200)
  })

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    'Bearer third-key',
    'Bearer first-key,',
    'Bearer first-key, second-key',
    'Basic first-key',
    'first-key',
    'Bearer FIRST-KEY',
    'Bearer first-ke',
    'Bearer first-keyy',
  ])('refuses %j', async (authorization) => {
    const response = await tasks(authorization)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(await refusal(response)).toMatchObject({ status: 401, code: 'unauthorized', type: 'authentication_error' })
  })

  it('asks before anything is read, and on unknown routes too', async () => {
    for (const path of ['/v1/classify', '/v1/tasks/nobody-knows-it', '/v1/nothing']) {
      expect(await refusal(ask(path, { method: 'POST', body: 'no JSON' }, keys))).toMatchObject({ status: 401 })
    }
  })

  it('leaves health and the OpenAPI page open', async () => {
    for (const path of ['/healthz', '/openapi.json']) expect((await ask(path, {}, keys)).status).toBe(200)
  })
})

it.each([{}, { API_KEYS: '' }])('without keys every caller is served: %j', async (settings) => {
  expect((await tasks(undefined, settings)).status).toBe(200)
  expect((await tasks('Bearer whatever', settings)).status).toBe(200)
})

it('a list of keys without a key in it lets nobody in, and is named', async () => {
  for (const API_KEYS of [',', ' ', ' , '])
    expect(await refusal(tasks('Bearer ,', { API_KEYS }))).toMatchObject({ status: 500, message: expect.stringContaining('API_KEYS: it is set and holds no key') }) // biome-ignore format: one thought
})
