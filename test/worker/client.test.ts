import { beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../worker/client.ts'
import { ask } from '../fixtures/worker/ask.ts'
import { publish } from '../fixtures/worker/bucket.ts'

const client = createClient('http://worker', {
  fetch: (input: RequestInfo | URL, init?: RequestInit) => {
    const { pathname, search } = new URL(new Request(input, init).url)
    return ask(`${pathname}${search}`, init, { API_KEYS: 'first-key' })
  },
  headers: { Authorization: 'Bearer first-key' },
})

let prompt: string
beforeAll(async () => {
  prompt = await publish({ task: 'typed-client' })
})

describe('the client', () => {
  it('classifies texts of one task', async () => {
    const response = await client.v1.tasks[':task'].classify.$post({
      param: { task: 'typed-client' },
      json: { input: ['Lovely.', 'Bad.'] },
    })
    if (!response.ok) throw new Error((await response.json()).error.message)
    const answer = await response.json()
    expect(answer).toMatchObject({ task: 'typed-client', prompt })
    const labels: (string | null)[] = answer.results.map(({ label }) => label)
    expect(labels).toHaveLength(2)
  })

  it('classifies texts of several tasks', async () => {
    const response = await client.v1.classify.$post({ json: { inputs: [{ task: 'typed-client', input: 'Lovely.' }] } })
    if (!response.ok) throw new Error((await response.json()).error.message)
    const [result] = (await response.json()).results
    expect(result?.probabilities[result.label ?? '']).toBe(result?.probability)
  })

  it('lists and shows tasks', async () => {
    const listed = await client.v1.tasks.$get({ query: { after: 'typed-clien', limit: 1 } })
    if (!listed.ok) throw new Error((await listed.json()).error.message)
    const { tasks } = await listed.json()
    expect(tasks.map(({ task }) => task)).toEqual(['typed-client'])
    const shown = await client.v1.tasks[':task'].$get({ param: { task: 'typed-client' } })
    if (!shown.ok) throw new Error((await shown.json()).error.message)
    const { labels, versions } = await shown.json()
    expect(labels).toEqual(['good', 'bad'])
    expect(versions.map((version) => version.prompt)).toEqual([prompt])
  })

  it('has the error of what is refused', async () => {
    const response = await client.v1.tasks[':task'].$get({ param: { task: 'nobody-knows-it' } })
    expect(response.status).toBe(404)
    if (response.status !== 404) throw new Error('narrowed below')
    const { code, param } = (await response.json()).error
    expect([code, param]).toEqual(['unknown_task', 'task'])
  })

  it('asks about health', async () => {
    const response = await client.healthz.$get()
    if (!response.ok) throw new Error((await response.json()).error.message)
    expect((await response.json()).status).toBe('ok')
  })

  it('refuses, when compiled, what the API does', () => {
    const neverCalled = () => [
      // @ts-expect-error: a text is wanted
      client.v1.classify.$post({ json: { inputs: [{ task: 'typed-client', input: 3 }] } }),
      // @ts-expect-error: the task is missing
      client.v1.tasks[':task'].classify.$post({ json: { input: 'Lovely.' } }),
      // @ts-expect-error: there is no such route
      client.v1.prompts.$get(),
    ]
    expect(neverCalled).toBeInstanceOf(Function)
  })
})
