import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { taskKey } from '../../../shared/formats/storage-keys.ts'
import { deleteTask, logOf, pointTask } from '../../fixtures/upload.ts'
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

  it('is not published once the task is deleted, in any version, and is again at once when it is brought back', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 3_000_000 })
    const [old, now] = [await publish({ task: 'tombstone', seed: 41 }), await publish({ task: 'tombstone', seed: 42 })]
    const settings = { POINTER_TTL_MS: 5000 }
    await pointTask(env.BUCKET, 'tombstone', versionOf(now), [versionOf(old)])
    await classify(text('tombstone'), settings)
    await deleteTask(env.BUCKET, 'tombstone', [versionOf(now), versionOf(old)])
    vi.setSystemTime(3_005_000)
    for (const task of ['tombstone', `tombstone@${now}`, `tombstone@${old.slice(0, 12)}`]) {
      const answer = await refusal(post(`/v1/tasks/${task}/classify`, { input: 'Gone?' }, settings))
      expect(answer).toMatchObject({ status: 404, code: 'unknown_task', param: 'task' })
    }
    await pointTask(env.BUCKET, 'tombstone', versionOf(old), [versionOf(now)])
    expect((await classify(text('tombstone'), settings))[0]?.prompt).toBe(old)
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
  const log = logOf(versionOf('ab'.repeat(32)))
  it.each([
    ['that is not JSON', '{', 'not JSON'],
    ['of version 1', JSON.stringify(version1), 'version 3 is read here. Delete the task'],
    ['of version 2', JSON.stringify(version2), 'it is 2, and version 3 is read here. Delete the task'],
    ['in which nothing happened', JSON.stringify({ ...log, events: [] }), 'field events is wrong'],
    [
      'without what went live',
      JSON.stringify({ ...log, events: [{ when: '2026-01-01T00:00:00Z', by: 'publish' }] }),
      'field events.0.version is wrong',
    ],
    ['with more events than are kept', JSON.stringify({ ...log, events: Array(65).fill(log.events[0]) }), 'field events is wrong'],
    ['with a path for a hash', JSON.stringify(logOf(versionOf('../../models'))), 'field events.0.version.prompt is wrong'],
    ['that names no model', JSON.stringify(logOf({ ...versionOf('ab'.repeat(32)), models: {} })), 'must name a model package'],
  ])('%s', async (_, pointer, message) => {
    await env.BUCKET.put('tasks/odd.json', pointer)
    const answer = await refusal(post('/v1/tasks/odd/classify', { input: 'Where?' }))
    expect(answer).toMatchObject({ status: 500, code: 'invalid_file', message: expect.stringContaining('tasks/odd.json') })
    expect(answer.message).toContain(message)
  })
})
