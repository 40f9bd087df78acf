import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import { cardText } from '../../../shared/formats/card.ts'
import { modelKey } from '../../../shared/formats/storage-keys.ts'
import { randomPrompt } from '../../fixtures/random-prompt.ts'
import { deleteTask, pointTask, uploadModel, uploadPrompt } from '../../fixtures/upload.ts'
import { ask, classify, post, refusal } from '../../fixtures/worker/ask.ts'
import { decoderFiles, modelCard, versionOf } from '../../fixtures/worker/bucket.ts'
import { place } from '../../fixtures/worker/service.ts'

/** The small decoder under another name, which no host has loaded. */
const files = { ...decoderFiles, 'model.json': new Uint8Array(new TextEncoder().encode(cardText({ ...modelCard, name: 'renamed' }))) }

beforeAll(async () => {
  await reset()
  // more deleted tasks than are tried, before all others: none of them counts
  for (let i = 10; i < 30; i++) await deleteTask(env.BUCKET, `aa-deleted-${i}`, [versionOf('ab'.repeat(32))])
})
afterEach(() => void vi.useRealTimers())

it('with nothing published says so, and that nothing is wrong', async () => {
  const response = await ask('/readyz')
  expect([response.status, await response.json()]).toEqual([200, { status: 'empty' }])
  await env.BUCKET.put('tasks/No task.json', '{}')
  expect(await (await ask('/readyz')).json()).toEqual({ status: 'empty' })
  const list = () => Promise.reject(new Error('internal error 10001'))
  expect(await refusal(ask('/readyz', {}, { BUCKET: { list } as unknown as R2Bucket }))).toMatchObject({ status: 503, code: 'storage' })
})

it('is ready only when the model of some task loads', async () => {
  expect((await ask('/healthz')).status).toBe(200)
  const { 'model.onnx.data': weights, ...withoutWeights } = files
  const model = await uploadModel(env.BUCKET, withoutWeights)
  const prompt = await uploadPrompt(env.BUCKET, await randomPrompt(modelCard, { task: 'early' }))
  await pointTask(env.BUCKET, 'early', versionOf(prompt, model))
  const response = await ask('/readyz')
  expect(response.headers.get('retry-after')).toBe('1')
  expect(await refusal(response)).toMatchObject({ status: 503, code: 'not_ready', message: expect.stringContaining('the log says why') })
  expect(await refusal(post('/v1/tasks/early/classify', { input: 'Now?' }))).toMatchObject({
    status: 500,
    message: expect.stringContaining('model.onnx.data'),
  })
  expect((await ask('/healthz')).status).toBe(200)

  // The failed load is not kept: the next request tries again, and many that come together load it once.
  await env.BUCKET.put(modelKey(model, 'model.onnx.data'), weights)
  const answers = await Promise.all(Array.from({ length: 5 }, () => classify([{ task: 'early', input: 'Now?' }])))
  expect(new Set(answers.map(([answer]) => answer?.probability)).size).toBe(1)
  expect(await (await ask('/readyz')).json()).toEqual({ status: 'ready' })
})

it('is ready where one task is broken and another is not', async () => {
  await pointTask(env.BUCKET, 'aaa-broken', versionOf('ab'.repeat(32), 'cd'.repeat(32)))
  expect((await ask('/readyz')).status).toBe(200)
})

it.runIf(place === 'Worker')('is not ready without its bindings', async () => {
  expect(await refusal(ask('/readyz', {}, { BUCKET: undefined } as never))).toMatchObject({
    status: 503,
    message: expect.stringContaining('BUCKET'),
  })
})

it.runIf(place === 'Worker')('looks again only after a while once it was ready', async () => {
  const unbound = { BUCKET: undefined } as never
  const now = Date.now()
  vi.useFakeTimers({ toFake: ['Date'], now })
  expect((await ask('/readyz', {}, { POINTER_TTL_MS: 500 })).status).toBe(200)
  vi.setSystemTime(now + 499)
  expect((await ask('/readyz', {}, unbound)).status).toBe(200)
  vi.setSystemTime(now + 500)
  expect((await ask('/readyz', {}, unbound)).status).toBe(503)
})
