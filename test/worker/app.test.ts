import { describe, expect, it } from 'vitest'
import { ask, refusal } from '../fixtures/worker/ask.ts'

interface Schema {
  $ref?: string
  description?: string
  example?: unknown
  properties?: Record<string, Schema>
}

interface Operation {
  operationId?: string
  tags?: string[]
  summary?: string
  parameters?: { name: string; description?: string; example?: unknown; schema: Schema }[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, { description?: string; content: Record<string, { schema: Schema }> }>
}

interface OpenApiPage {
  openapi: string
  info: { description?: string }
  tags: { name: string; description: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

describe('a route', () => {
  it.each(['/nothing', '/v1', '/v1/nothing', '/v1/tasks/mood/classify/more'])('that is not there gives 404: %s', async (where) => {
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
    const message = `Cannot ${method} ${where}: it takes ${allow}.`
    expect(await refusal(response)).toMatchObject({ status: 405, code: 'method_not_allowed', message })
  })

  it('is named in full where its path is long, and a longer one is cut with a mark', async () => {
    const long = `/v1/prompts/${'ab'.repeat(32)}/adapter_model.safetensors`
    expect((await refusal(ask(long, { method: 'PUT' }))).message).toBe(`Cannot PUT ${long}: it takes GET, HEAD.`)
    expect((await refusal(ask(`${long}/more`))).message).toBe(`Cannot find GET ${long}/more. GET /openapi.json lists what there is.`)
    expect((await refusal(ask(`/${'x'.repeat(1000)}`))).message).toMatch(/^Cannot find GET \/x{254}…\. GET/)
  })
})

describe('GET /openapi.json', async () => {
  const page = await (await ask('/openapi.json')).json<OpenApiPage>()
  const operations = Object.values(page.paths).flatMap((path) => Object.values(path))

  it('names every route, and every operation as a client calls it', () => {
    expect(page.openapi).toBe('3.1.0')
    const named = Object.entries(page.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { operationId }]) => [operationId, `${method} ${path}`]),
    )
    expect(Object.fromEntries(named)).toEqual({
      classify: 'post /v1/tasks/{task}/classify',
      classifyMixed: 'post /v1/classify',
      listTasks: 'get /v1/tasks',
      getTask: 'get /v1/tasks/{task}',
      getModelFile: 'get /v1/models/{hash}/{file}',
      getPromptFile: 'get /v1/prompts/{hash}/{file}',
      getHealth: 'get /healthz',
      getReadiness: 'get /readyz',
    })
  })

  it('says what each operation is about', () => {
    const [of, described] = [operations.map(({ tags }) => tags), page.tags.map(({ name }) => [name])]
    expect(of.filter((tags, index) => tags?.join() !== of[index - 1]?.join())).toEqual(described)
    for (const { name, description } of page.tags) expect(description, name).toMatch(/\S/)
  })

  it('describes operations, parameters and answers, and shows what goes where', () => {
    expect(page.info.description).toContain('UTF-8')
    for (const { operationId, summary, parameters = [], responses } of operations) {
      expect(summary, operationId).toBeTruthy()
      for (const { name, description, schema } of parameters) {
        expect(description ?? schema.description, `${operationId} ${name}`).toBeTruthy()
        expect(schema.example, `${operationId} ${name}`).toBeDefined()
      }
      for (const [status, { description }] of Object.entries(responses)) expect(description, `${operationId} ${status}`).toBeTruthy()
    }
  })

  it('names what is sent and what is answered, and describes each field', () => {
    for (const { operationId, requestBody, responses } of operations) {
      for (const [what, { content }] of Object.entries({ ...(requestBody && { body: requestBody }), ...responses })) {
        if (what === '304') continue // it has no body
        expect(content['application/json']!.schema.$ref, `${operationId} ${what}`).toMatch(/^#\/components\/schemas\//)
      }
    }
    for (const [name, { properties = {} }] of Object.entries(page.components.schemas)) {
      for (const [field, { $ref, description }] of Object.entries(properties)) {
        const told = $ref !== undefined || description !== undefined || ['error', 'tasks', 'results'].includes(field)
        expect(told, `${name}.${field} has no description`).toBe(true)
      }
    }
    expect(page.components.schemas).toMatchObject({
      ClassifyRequest: { properties: { input: { example: [expect.any(String)] } } },
      MixedResult: { properties: { label: { example: expect.any(String) } } },
    })
  })
})
