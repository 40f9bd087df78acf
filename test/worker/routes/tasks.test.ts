import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { taskKey } from '../../../shared/formats/storage-keys.ts'
import { randomPrompt } from '../../fixtures/random-prompt.ts'
import { deleteTask, pointTask, uploadModel, uploadPrompt } from '../../fixtures/upload.ts'
import { ask, refusal } from '../../fixtures/worker/ask.ts'
import { decoderFiles, model, modelCard, publish, versionOf } from '../../fixtures/worker/bucket.ts'

interface Listed {
  tasks: { task: string; labels: string[] | null }[]
  next: string | null
}

let mood: string
beforeAll(async () => {
  await reset()
  await uploadModel(env.BUCKET, decoderFiles)
  mood = await publish({ task: 'mood', card: { metrics: { accuracy: 0.9 }, selfTest: [] } })
  for (const task of ['alpha', 'beta', 'zeta']) await publish({ task })
  await pointTask(env.BUCKET, 'broken', versionOf('ab'.repeat(32)))
})

describe('GET /v1/tasks', () => {
  const list = async (query = '') => (await ask(`/v1/tasks${query}`)).json<Listed>()

  it('lists each task with its live prompt and labels, a broken one too', async () => {
    const { tasks, next } = await list()
    expect(tasks.map(({ task }) => task)).toEqual(['alpha', 'beta', 'broken', 'mood', 'zeta'])
    expect(tasks[3]).toEqual({
      task: 'mood',
      prompt: mood,
      models: { int8: model },
      labels: ['good', 'bad'],
      updated: '2026-01-01T00:00:00Z',
    })
    expect(tasks[2]?.labels).toBeNull()
    expect(next).toBeNull()
  })

  it('lists the others where a pointer is broken or no task', async () => {
    await env.BUCKET.put('tasks/cracked.json', '{')
    await env.BUCKET.put('tasks/No task.json', '{}')
    expect((await list()).tasks.map(({ task }) => task)).toEqual(['alpha', 'beta', 'broken', 'mood', 'zeta'])
    await env.BUCKET.delete(['tasks/cracked.json', 'tasks/No task.json'])
  })

  it('lists no deleted task', async () => {
    await deleteTask(env.BUCKET, 'bygone', [versionOf(mood)])
    expect((await list()).tasks.map(({ task }) => task)).toEqual(['alpha', 'beta', 'broken', 'mood', 'zeta'])
    expect(await refusal(ask('/v1/tasks/bygone'))).toMatchObject({ status: 404, code: 'unknown_task', param: 'task' })
    await env.BUCKET.delete('tasks/bygone.json')
  })

  it('goes on page by page', async () => {
    const first = await list('?limit=2')
    expect(first.tasks.map(({ task }) => task)).toEqual(['alpha', 'beta'])
    const second = await list(`?limit=2&after=${first.next}`)
    expect(second.tasks.map(({ task }) => task)).toEqual(['broken', 'mood'])
    const last = await list(`?limit=2&after=${second.next}`)
    expect(last).toMatchObject({ tasks: [{ task: 'zeta' }], next: null })
  })

  it('goes on with the names that come after, also where one begins another and its key stands behind', async () => {
    const names = ['alpha', 'alpha-b', 'alpha-b-c', 'alpha0', 'alpha_b', 'alphabet']
    for (const name of names.slice(1)) await pointTask(env.BUCKET, name, versionOf(mood))
    const all = [...names, 'beta', 'broken', 'mood', 'zeta']
    for (const limit of [1, 2, 50]) {
      const seen: string[] = []
      for (let query: string | null = `?limit=${limit}`; query !== null; ) {
        const { tasks, next } = await list(query)
        seen.push(...tasks.map(({ task }) => task))
        query = next === null ? null : `?limit=${limit}&after=${next}`
      }
      expect(seen).toEqual(all)
    }
    for (const after of ['', 'alpha', 'alpha-', 'alpha-b', 'alpha.json', 'A', '%00', '~', 'é']) {
      const { tasks } = await list(`?after=${after}`)
      expect(tasks.map(({ task }) => task)).toEqual(all.filter((name) => name > decodeURIComponent(after)))
    }
    await env.BUCKET.delete(names.slice(1).map(taskKey))
  })

  it.each([
    ['?limit=0', '"0"'],
    ['?limit=abc', '"abc"'],
    ['?limit=', '""'],
    ['?limit=2.5', '"2.5"'],
    ['?limit=100000', '"100000"'],
    ['?limit=%1b[2J', '"\\u001b[2J"'],
    ['?limit=1&limit=2', '"1" and "2"'],
  ])('refuses %s and says what was sent', async (query, sent) => {
    expect(await refusal(ask(`/v1/tasks${query}`))).toMatchObject({
      ...{ status: 400, code: 'invalid_request', param: 'limit' },
      message: `Cannot read the request: limit: must be a whole number from 1 to 200, and ${sent} was sent.`,
    })
  })
})

describe('GET /v1/tasks/{task}', () => {
  it('shows what the card says and the versions, newest first', async () => {
    const older = await uploadPrompt(env.BUCKET, await randomPrompt(modelCard, { task: 'mood', seed: 7 }))
    const [live, before] = [{ ...versionOf(mood), models: { int8: model, float32: 'cd'.repeat(32) } }, versionOf(older)]
    await pointTask(env.BUCKET, 'mood', live, [before])
    const shown = await (await ask('/v1/tasks/mood')).json()
    expect(shown).toMatchObject({
      task: 'mood',
      prompt: mood,
      models: { int8: model, float32: 'cd'.repeat(32) },
      labels: ['good', 'bad'],
      kind: 'table',
      method: 'random',
      virtualTokens: 5,
      positionOffset: 5,
      readout: 'last',
      answer: { type: 'softmax', version: 1, temperature: 1 },
      template: '{text} It was',
      base: { hash: modelCard.baseHash },
      metrics: { accuracy: 0.9 },
      settings: { seed: 1 },
      versions: [live, before],
    })
  })

  it('says which task is not there, and why one can not be shown', async () => {
    expect(await refusal(ask('/v1/tasks/nobody-knows-it'))).toMatchObject({ status: 404, code: 'unknown_task', param: 'task' })
    expect(await refusal(ask('/v1/tasks/broken'))).toMatchObject({ status: 500, code: 'invalid_file', param: 'task' })
  })
})
