import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { taskKey } from '../../../shared/formats/storage-keys.ts'
import { pointTask } from '../../fixtures/upload.ts'
import { classify, post, refusal } from '../../fixtures/worker/ask.ts'
import { publish, versionOf } from '../../fixtures/worker/bucket.ts'

const text = (task: string) => [{ task, input: 'Which version answers?' }]

describe('a pointer that changes', () => {
  afterEach(() => void vi.useRealTimers())

  it('is followed once POINTER_TTL_MS have passed, and not before', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
    const old = await publish({ task: 'changing', seed: 1 })
    const settings = { POINTER_TTL_MS: 5000 }
    expect((await classify(text('changing'), settings))[0]?.prompt).toBe(old)
    const now = await publish({ task: 'changing', seed: 2 })
    vi.setSystemTime(1_004_999)
    expect((await classify(text('changing'), settings))[0]?.prompt).toBe(old)
    vi.setSystemTime(1_005_000)
    const [result] = await classify(text('changing'), settings)
    expect(result?.prompt).toBe(now)
  })

  it('that is deleted gives 404 once POINTER_TTL_MS have passed', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 2_000_000 })
    await publish({ task: 'leaving' })
    const settings = { POINTER_TTL_MS: 5000 }
    await classify(text('leaving'), settings)
    await env.BUCKET.delete(taskKey('leaving'))
    expect(await classify(text('leaving'), settings)).toHaveLength(1)
    vi.setSystemTime(2_005_000)
    expect(await refusal(post('/v1/tasks/leaving/classify', { input: 'Gone?' }, settings))).toMatchObject({
      status: 404,
      code: 'unknown_task',
    })
  })

  it('is served at once where the task is new', async () => {
    const settings = { POINTER_TTL_MS: 60_000 }
    expect((await refusal(post('/v1/tasks/newcomer/classify', { input: 'There?' }, settings))).status).toBe(404)
    await publish({ task: 'newcomer' })
    expect(await classify(text('newcomer'), settings)).toHaveLength(1)
  })
})

describe('task@version', () => {
  it('asks an older version, by as much of its hash as tells it apart', async () => {
    const old = await publish({ task: 'pinned', seed: 31 })
    const [before] = await classify(text('pinned'))
    const now = await publish({ task: 'pinned', seed: 32 })
    await pointTask(env.BUCKET, 'pinned', versionOf(now), [versionOf(old)])
    const [live, pinned, whole] = await classify([text('pinned'), text(`pinned@${old.slice(0, 12)}`), text(`pinned@${old}`)].flat())
    expect([live?.prompt, pinned?.prompt, whole?.prompt]).toEqual([now, old, old])
    expect(pinned?.task).toBe('pinned')
    expect(pinned?.probabilities).toEqual(before?.probabilities)
  })

  it('refuses a version that the task never had, and one that is not told apart', async () => {
    const old = await publish({ task: 'twins', seed: 33 })
    const now = await publish({ task: 'twins', seed: 34 })
    await pointTask(env.BUCKET, 'twins', versionOf(now), [versionOf(old), versionOf(now.slice(0, 63) + (now.endsWith('0') ? '1' : '0'))])
    const ask = (task: string) => refusal(post(`/v1/tasks/${task}/classify`, { input: 'Which?' }))
    expect(await ask('twins@0123456789abcdef')).toMatchObject({ status: 404, code: 'not_found', param: 'task' })
    expect(await ask('twins@')).toMatchObject({ status: 404, code: 'not_found' })
    expect(await ask(`twins@${now.slice(0, 30)}`)).toMatchObject({ status: 400, code: 'invalid_request', param: 'task' })
  })
})

describe('a pointer is refused', () => {
  const version1 = { live: { prompt: 'ab'.repeat(32), model: 'cd'.repeat(32) }, previous: [], updated: '' }
  const version2 = { format: 'softprompt-task', version: 2, live: versionOf('ab'.repeat(32)), history: [], updated: '' }
  it.each([
    ['that is not JSON', '{', 'not JSON'],
    ['of version 1', JSON.stringify(version1), 'version 2 is read here. Delete the task'],
    [
      'that says it is of version 1',
      JSON.stringify({ ...version1, ...version2, version: 1 }),
      'it is 1, and version 2 is read here. Delete the task',
    ],
    ['without a live version', JSON.stringify({ ...version2, live: undefined }), 'field live is wrong'],
    ['with a path for a hash', JSON.stringify({ ...version2, live: versionOf('../../models') }), 'field live.prompt is wrong'],
    ['that names no model', JSON.stringify({ ...version2, live: { ...version2.live, models: {} } }), 'must name a model package'],
  ])('%s', async (_, pointer, message) => {
    await env.BUCKET.put('tasks/odd.json', pointer)
    const answer = await refusal(post('/v1/tasks/odd/classify', { input: 'Where?' }))
    expect(answer).toMatchObject({ status: 500, code: 'invalid_file', message: expect.stringContaining('tasks/odd.json') })
    expect(answer.message).toContain(message)
  })
})
