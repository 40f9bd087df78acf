import { join } from 'node:path'
import { expect, test } from 'vitest'
import { httpBucket } from '../../../../trainer/publish/bucket/http-bucket.ts'
import { withRetries } from '../../../../trainer/publish/bucket/retry.ts'
import { startRuntime } from '../../../../trainer/publish/bucket/runtime.ts'
import { timeBounds } from '../../../../trainer/publish/bucket/time-bound.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'

const folder = temporaryFolder()
const never = new AbortController().signal
const start = (name: string, signal = never) => startRuntime({ buckets: { BUCKET: 'bucket' }, folder: join(folder, name) }, signal)

test('of eight that first open the same folder at the same moment each one does, and all see what each has written', async () => {
  const runtimes = await Promise.all(Array.from({ length: 8 }, () => start('together')))
  const buckets = runtimes.map((runtime) => httpBucket(runtime, 'BUCKET', timeBounds.local, never))
  await Promise.all(buckets.map((bucket, i) => withRetries('write', () => bucket.put(`key ${i}`, 'x'))))
  for (const bucket of buckets) expect((await withRetries('list', () => bucket.list())).objects.length).toBe(8)
  await Promise.all(runtimes.map((runtime) => runtime.stop()))
})

test('nothing is started once it is not wanted', async () => {
  const reason = new Error('not wanted')
  await expect(start('aborted', AbortSignal.abort(reason))).rejects.toBe(reason)
  const controller = new AbortController()
  const starting = start('aborted', controller.signal)
  controller.abort(reason)
  await expect(starting).rejects.toBe(reason)
})

test('whoever does not know its token is refused', async () => {
  const runtime = await start('token')
  const body = `${JSON.stringify({ binding: 'BUCKET', operation: 'list', args: [{}] })}\n`
  for (const token of ['', 'guessed'])
    expect((await fetch(runtime.url, { method: 'POST', body, headers: { 'softprompt-token': token } })).status).toBe(403)
  expect((await fetch(runtime.url, { method: 'POST', body, headers: { 'softprompt-token': runtime.token } })).status).toBe(200)
  await runtime.stop()
})

test('where it cannot be started, what it said is told', async () => {
  const file = new URL(import.meta.url).pathname
  await expect(startRuntime({ buckets: { BUCKET: 'bucket' }, folder: file }, never)).rejects.toThrow(/ENOTDIR|not a directory/i)
})
