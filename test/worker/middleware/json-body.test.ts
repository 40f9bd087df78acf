import { env } from 'cloudflare:workers'
import { Hono, type MiddlewareHandler } from 'hono'
import { beforeAll, describe, expect, it } from 'vitest'
import { regionOf } from '../../../worker/cloudflare/region.ts'
import { servicesOf } from '../../../worker/cloudflare/services.ts'
import { jsonBody } from '../../../worker/middleware/json-body.ts'
import type { Served } from '../../../worker/services.ts'
import { ask, refusal } from '../../fixtures/worker/ask.ts'
import { publish } from '../../fixtures/worker/bucket.ts'

const path = '/v1/tasks/mood/classify'
beforeAll(async () => void (await publish({ task: 'mood' })))

describe('a body that is no JSON is refused', () => {
  it.each([['{"input": "Lovely."'], ['input=Lovely'], [''], ['\u0000']])('%j', async (body) => {
    expect(await refusal(ask(path, { method: 'POST', body }))).toMatchObject({
      status: 400,
      code: 'invalid_request',
      param: null,
      message: expect.stringContaining('JSON'),
    })
  })

  it('no body at all', async () => {
    expect(await refusal(ask(path, { method: 'POST' }))).toMatchObject({ status: 400, code: 'invalid_request' })
  })
})

describe('a body that is too large', () => {
  const large = JSON.stringify({ input: 'x'.repeat(2000) })

  it('is refused by its announced length, and counted where none is announced', async () => {
    const chunks = new ReadableStream({
      start(controller) {
        for (let at = 0; at < large.length; at += 100) controller.enqueue(new TextEncoder().encode(large.slice(at, at + 100)))
        controller.close()
      },
    })
    for (const body of [large, chunks]) {
      const answer = await refusal(ask(path, { method: 'POST', body, duplex: 'half' } as RequestInit, { MAX_BODY_BYTES: 1000 }))
      expect(answer).toMatchObject({ status: 413, code: 'too_large', message: expect.stringContaining('1000 bytes') })
    }
    expect((await ask(path, { method: 'POST', body: large }, { MAX_BODY_BYTES: large.length })).status).toBe(200)
  })
})

describe('a body that is not UTF-8', () => {
  const bytes = (...parts: (string | number[])[]) =>
    Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...new TextEncoder().encode(part)] : part)))

  it.each([
    ['in Latin-1', bytes('{"input": "Caf', [0xe9], '"}')],
    ['half a surrogate pair', bytes('{"input": "', [0xed, 0xa0, 0x80], '"}')],
    ['longer than it need be', bytes('{"input": "', [0xc0, 0xaf], '"}')],
    ['that ends within a character', bytes('{"input": "Lovely."}', [0xf0, 0x9f, 0x98])],
    ['in UTF-16', bytes([0xff, 0xfe, 0x7b, 0x00])],
  ])('is refused: %s', async (_, body) => {
    expect(await refusal(ask(path, { method: 'POST', body }))).toMatchObject({
      ...{ status: 400, code: 'invalid_request', param: null },
      message: expect.stringContaining('UTF-8'),
    })
  })

  it('is none that begins with a byte order mark, or has characters of every length', async () => {
    for (const text of ['\ufeff{"input": "Lovely."}', '{"input": "aé€😀\ufffd"}']) {
      expect((await ask(path, { method: 'POST', body: text })).status).toBe(200)
    }
  })
})

describe('a body that is not called JSON', () => {
  const from = (type: string | null, headers: Record<string, string>, settings = {}) => {
    const body = new TextEncoder().encode('{"input": "Lovely."}') // as bytes, or a type would come of itself
    return ask(path, { method: 'POST', body, headers: { ...headers, ...(type === null ? {} : { 'content-type': type }) } }, settings)
  }
  const page = { origin: 'https://elsewhere.example' }
  const withKey = { API_KEYS: 'first-key' }
  const simple = [null, 'text/plain', 'text/plain;charset=UTF-8', 'application/x-www-form-urlencoded', 'text/plain; application/json']

  it.each(simple)('is refused of a page where everybody is served: %s', async (type) => {
    for (const origin of ['https://elsewhere.example', 'null']) {
      expect(await refusal(from(type, { origin }))).toMatchObject({
        ...{ status: 415, code: 'unsupported_type', type: 'invalid_request_error', param: null },
        message: expect.stringMatching(/Content-Type: application\/json.* in CORS_ORIGINS\.$/),
      })
    }
    expect((await refusal(from(type, page, { API_KEYS: '' }))).status).toBe(415)
    expect((await refusal(from(type, page, { CORS_ORIGINS: page.origin }))).message).not.toContain('CORS_ORIGINS')
  })

  it.each(simple)('is read as JSON of anything else, and of a page that has a key: %s', async (type) => {
    expect((await from(type, {})).status).toBe(200)
    expect((await from(type, { ...page, authorization: 'Bearer first-key' }, withKey)).status).toBe(200)
    expect((await from(type, page, withKey)).status).toBe(401)
  })

  it.each(['application/json', 'Application/JSON; charset=utf-8', 'application/ld+json'])('%s is JSON', async (type) => {
    expect((await from(type, page)).status).toBe(200)
  })
})

it.each(['application/json', 'text/plain'])('a request keeps where it comes from and who waits for it: %s', async (type) => {
  const caller = new AbortController()
  const services: MiddlewareHandler<Served> = (c, next) => {
    c.set('services', servicesOf(c))
    return next()
  }
  const app = new Hono<Served>().use(services).post('/', jsonBody, async (c) => {
    const { signal } = c.req.raw
    caller.abort()
    return c.json([await c.req.json(), c.req.header('x-other'), regionOf(c.req.raw), signal.aborted])
  })
  const request = new Request('http://worker/', {
    ...{ method: 'POST', body: '{"input": 1}', headers: { 'content-type': type, 'x-other': 'kept' } },
    ...{ signal: caller.signal, cf: { continent: 'OC' } },
  } as RequestInit)
  expect(await (await app.fetch(request, env)).json()).toEqual([{ input: 1 }, 'kept', 'oc', true])
})
