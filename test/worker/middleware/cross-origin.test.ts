import { describe, expect, it } from 'vitest'
import { ask, refusal } from '../../fixtures/worker/ask.ts'

const page = 'https://page.example'
const preflight = { method: 'OPTIONS', headers: { origin: page, 'access-control-request-method': 'POST' } }
const allowed = ({ headers }: Response) => headers.get('access-control-allow-origin')

describe('a page of another origin', () => {
  it('is told nothing where CORS_ORIGINS names none', async () => {
    const response = await ask('/v1/tasks', { headers: { origin: page } })
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    expect((await ask('/v1/classify', preflight)).status).toBe(405)
  })

  it.each(['*', page, `${page}/`, `https://other.example, ${page}`])(
    'may call with CORS_ORIGINS %j, and asks before it sends a key',
    async (origins) => {
      const settings = { CORS_ORIGINS: origins, API_KEYS: 'key' }
      const asked = await ask('/v1/classify', preflight, settings)
      expect(asked.status).toBe(204)
      expect(allowed(asked)).toBe(origins === '*' ? '*' : page)
      expect(asked.headers.get('access-control-allow-headers')).toMatch(/Authorization.*Content-Type.*If-Range.*Range/)
      const answer = await ask('/v1/tasks', { headers: { origin: page, authorization: 'Bearer key' } }, settings)
      expect([answer.status, allowed(answer)]).toEqual([200, origins === '*' ? '*' : page])
      expect(answer.headers.get('access-control-expose-headers')).toMatch(/Content-Range.*ETag/)
      if (origins !== '*') expect(answer.headers.get('vary')).toContain('Origin')
    },
  )

  it('may read why it is refused', async () => {
    const settings = { CORS_ORIGINS: page, API_KEYS: 'key' }
    const response = await ask('/v1/tasks', { headers: { origin: page } }, settings)
    expect(allowed(response)).toBe(page)
    expect(await refusal(response)).toMatchObject({ status: 401 })
    const missing = await ask(`/v1/models/${'ab'.repeat(32)}/model.json`, { headers: { origin: page } }, { CORS_ORIGINS: page })
    expect([missing.status, allowed(missing)]).toEqual([404, page])
    const unknown = await ask('/v1/nothing', { headers: { origin: page } }, { CORS_ORIGINS: page })
    expect([unknown.status, allowed(unknown)]).toEqual([404, page])
  })

  it('is let in by its own name alone', async () => {
    for (const origin of ['https://page.example.evil', 'http://page.example', 'null']) {
      expect(allowed(await ask('/v1/tasks', { headers: { origin } }, { CORS_ORIGINS: page }))).toBeNull()
    }
  })

  it.each([
    'page.example',
    'https://page.example/path',
    'https://user@page.example',
    'https://Page.example',
    'https://page.example:443',
    'null',
  ])('is no %j: the setting is refused by name', async (origins) => {
    expect(await refusal(ask('/v1/tasks', {}, { CORS_ORIGINS: origins }))).toMatchObject({
      status: 500,
      message: expect.stringContaining('CORS_ORIGINS'),
    })
  })
})
