import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { randomPrompt } from '../fixtures/random-prompt.ts'
import { pointTask, uploadModel, uploadPrompt } from '../fixtures/upload.ts'
import { ask, refusal } from '../fixtures/worker/ask.ts'
import { defaultModel, model, modelCard, publish } from '../fixtures/worker/bucket.ts'

interface Listed {
  tasks: { task: string; labels: string[] | null }[]
  next: string | null
}

interface OpenApiPage {
  openapi: string
  paths: Record<string, { post: { requestBody: { content: Record<string, { schema: unknown }> } } }>
  components: { schemas: unknown }
}

let mood: string
beforeAll(async () => {
  await reset()
  await uploadModel(env.BUCKET, defaultModel)
  mood = await publish({ task: 'mood', card: { metrics: { accuracy: 0.9 }, selfTest: [] } })
  for (const task of ['alpha', 'beta', 'zeta']) await publish({ task })
  await pointTask(env.BUCKET, 'broken', { prompt: 'ab'.repeat(32), model })
})

describe('GET /v1/tasks', () => {
  const list = async (query = '') => (await ask(`/v1/tasks${query}`)).json<Listed>()

  it('lists each task with its live prompt and labels, a broken one too', async () => {
    const { tasks, next } = await list()
    expect(tasks.map(({ task }) => task)).toEqual(['alpha', 'beta', 'broken', 'mood', 'zeta'])
    expect(tasks[3]).toEqual({ task: 'mood', prompt: mood, model, labels: ['good', 'bad'], updated: '2026-01-01T00:00:00Z' })
    expect(tasks[2]?.labels).toBeNull()
    expect(next).toBeNull()
  })

  it('lists the others where a pointer is broken or no task', async () => {
    await env.BUCKET.put('tasks/cracked.json', '{')
    await env.BUCKET.put('tasks/No task.json', '{}')
    expect((await list()).tasks.map(({ task }) => task)).toEqual(['alpha', 'beta', 'broken', 'mood', 'zeta'])
    await env.BUCKET.delete(['tasks/cracked.json', 'tasks/No task.json'])
  })

  it('goes on page by page', async () => {
    const first = await list('?limit=2')
    expect(first.tasks.map(({ task }) => task)).toEqual(['alpha', 'beta'])
    const second = await list(`?limit=2&after=${first.next}`)
    expect(second.tasks.map(({ task }) => task)).toEqual(['broken', 'mood'])
    const last = await list(`?limit=2&after=${second.next}`)
    expect(last).toMatchObject({ tasks: [{ task: 'zeta' }], next: null })
  })

  it.each(['?limit=0', '?limit=many', '?limit=100000'])('refuses %s', async (query) => {
    expect(await refusal(ask(`/v1/tasks${query}`))).toMatchObject({ status: 400, code: 'invalid_request', param: 'limit' })
  })
})

describe('GET /v1/tasks/{task}', () => {
  it('shows what the card says and the versions, newest first', async () => {
    const older = await uploadPrompt(env.BUCKET, await randomPrompt(modelCard, { task: 'mood', seed: 7 }))
    await pointTask(env.BUCKET, 'mood', { prompt: mood, model }, [{ prompt: older, model }])
    const shown = await (await ask('/v1/tasks/mood')).json()
    expect(shown).toMatchObject({
      task: 'mood',
      prompt: mood,
      model,
      labels: ['good', 'bad'],
      method: 'prompt',
      virtualTokens: 5,
      template: '{text} It was',
      base: { hash: modelCard.baseHash },
      metrics: { accuracy: 0.9 },
      training: { seed: 1 },
      versions: [
        { prompt: mood, model },
        { prompt: older, model },
      ],
    })
  })

  it('says which task is not there, and why one can not be shown', async () => {
    expect(await refusal(ask('/v1/tasks/nobody-knows-it'))).toMatchObject({ status: 404, code: 'unknown_task', param: 'task' })
    expect(await refusal(ask('/v1/tasks/broken'))).toMatchObject({ status: 500, code: 'invalid_file', param: 'task' })
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
