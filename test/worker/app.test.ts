import { describe, expect, it } from 'vitest'
import { ask, refusal } from '../fixtures/worker/ask.ts'

interface OpenApiPage {
  openapi: string
  paths: Record<string, { post: { requestBody: { content: Record<string, { schema: unknown }> } } }>
  components: { schemas: unknown }
}

describe('a route', () => {
  it.each(['/', '/v1', '/v1/nothing', '/v1/tasks/mood/classify/more'])('that is not there gives 404: %s', async (where) => {
    expect(await refusal(ask(where))).toMatchObject({ status: 404, code: 'not_found', type: 'not_found_error' })
  })

  it.each([
    ['GET', '/v1/tasks/mood/classify', 'POST'],
    ['DELETE', '/v1/classify', 'POST'],
    ['POST', '/v1/tasks', 'GET, HEAD'],
    ['PUT', '/healthz', 'GET, HEAD'],
  ])('says what it takes instead of %s: %s', async (method, where, allow) => {
    const response = await ask(where, { method })
    expect(response.headers.get('allow')).toBe(allow)
    expect(await refusal(response)).toMatchObject({ status: 405, code: 'method_not_allowed' })
  })
})

it('GET /openapi.json names every route', async () => {
  const page = await (await ask('/openapi.json')).json<OpenApiPage>()
  expect(page.openapi).toBe('3.1.0')
  expect(Object.keys(page.paths).sort()).toEqual([
    '/healthz',
    '/readyz',
    '/v1/classify',
    '/v1/tasks',
    '/v1/tasks/{task}',
    '/v1/tasks/{task}/classify',
  ])
  const { schema } = page.paths['/v1/tasks/{task}/classify']!.post.requestBody.content['application/json']!
  expect(schema).toEqual({ $ref: '#/components/schemas/ClassifyRequest' })
  expect(page.components.schemas).toHaveProperty('ClassifyRequest.properties.input')
})
