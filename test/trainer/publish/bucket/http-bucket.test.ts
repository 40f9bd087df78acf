import type { ChildProcess } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Bucket } from '../../../../trainer/publish/bucket/bucket.ts'
import { httpBucket } from '../../../../trainer/publish/bucket/http-bucket.ts'
import { LastingError, withRetries } from '../../../../trainer/publish/bucket/retry.ts'
import { type Runtime, startRuntime } from '../../../../trainer/publish/bucket/runtime.ts'
import { timeBounds } from '../../../../trainer/publish/bucket/time-bound.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'

const folder = join(temporaryFolder(), 'state')
const never = new AbortController().signal
let runtime: Runtime
let workerd: ChildProcess

beforeEach(async () => {
  const started: ChildProcess[] = []
  const note = (message: unknown) => started.push((message as { process: ChildProcess }).process)
  subscribe('child_process', note)
  runtime = await startRuntime({ buckets: { BUCKET: 'bucket' }, folder }, never)
  unsubscribe('child_process', note)
  workerd = started.find(({ spawnfile }) => spawnfile.endsWith('workerd'))!
})
afterEach(() => runtime.stop())

const open = (signal = never, patience = 30_000): Bucket => httpBucket(runtime, 'BUCKET', { patience, bytesPerSecond: 2 ** 20 }, signal)

/** What the local bucket holds on disk. */
const stored = () => readdirSync(join(folder, 'v3/r2/bucket/blobs'))

/** One of each operation on a bucket. */
const operations: Record<string, (bucket: Bucket) => Promise<unknown>> = {
  head: (bucket) => bucket.head('a'),
  get: (bucket) => bucket.get('a'),
  list: (bucket) => bucket.list(),
  put: (bucket) => bucket.put('a', 'b'),
  delete: (bucket) => bucket.delete('a'),
  createMultipartUpload: (bucket) => bucket.createMultipartUpload('a'),
}

test('any key is stored as it is named, with what is kept of it, and many go at once', async () => {
  const bucket = open()
  const keys = ['ü/日本 "quoted" \\ %41.json', 'line\nbreak', ...Array.from({ length: 900 }, (_, i) => `${'long/'.repeat(20)}${i}`)]
  for (const key of keys.slice(0, 2)) {
    await bucket.put(key, key, { httpMetadata: { contentType: 'text/plain' } })
    expect(await bucket.head(key)).toMatchObject({
      key,
      size: new TextEncoder().encode(key).length,
      httpMetadata: { contentType: 'text/plain' },
    })
    expect(await (await bucket.get(key))!.text()).toBe(key)
  }
  await bucket.delete(keys)
  expect((await bucket.list()).objects).toEqual([])
})

test('an upload in parts that is given up leaves nothing, also where the rest is interrupted', async () => {
  const controller = new AbortController()
  const bucket = open(controller.signal)
  const upload = await bucket.createMultipartUpload('parts')
  const part = await upload.uploadPart(1, new Uint8Array(10))
  expect(stored().length).toBe(1)
  controller.abort()
  await expect(upload.complete([part])).rejects.toMatchObject({ code: 'interrupted' })
  await upload.abort()
  expect(stored()).toEqual([])
})

describe('where the runtime answers nothing', () => {
  beforeEach(() => void workerd.kill('SIGSTOP'))

  test.each(Object.entries(operations))('%s ends in time', async (_, operation) => {
    const failed = operation(open(never, 300))
    await expect(failed).rejects.toThrow(LastingError)
    await expect(failed).rejects.toThrow('no answer came within 1 s')
  })

  test.each(Object.entries(operations))(
    '%s ends with an interruption, and says whether anything may have changed',
    async (name, operation) => {
      const controller = new AbortController()
      const asked = operation(open(controller.signal))
      controller.abort()
      const message = ['head', 'get', 'list'].includes(name)
        ? /^Interrupted\.$/
        : /^Interrupted while a was being changed .* may or may not have changed/
      await expect(asked).rejects.toMatchObject({ code: 'interrupted', message: expect.stringMatching(message) })
    },
  )
})

test('what comes of an object ends in time too, and by an interruption', async () => {
  await open().put('large', new Uint8Array(2 ** 23))
  const controller = new AbortController()
  for (const [bucket, expected] of [[open(never, 500), /no answer came within 9 s/], [open(controller.signal), /aborted/]] as const) {
    const object = (await bucket.get('large'))!
    workerd.kill('SIGSTOP')
    const read = object.arrayBuffer()
    if (expected.source === 'aborted') controller.abort()
    await expect(read).rejects.toThrow(expected)
    workerd.kill('SIGCONT')
  }
}) // biome-ignore format: one thought

test('where the runtime has ended, what was asked and what is asked later says so', async () => {
  const bucket = open()
  workerd.kill('SIGSTOP')
  const look = () => withRetries('look', () => bucket.head('a'))
  const asked = look()
  workerd.kill('SIGKILL')
  const ended = { code: 'storage', message: expect.stringContaining('Cannot look in the bucket: the local Workers runtime has ended') }
  await expect(asked).rejects.toMatchObject(ended)
  await expect(look()).rejects.toMatchObject(ended)
})

test('a part of 16 MiB has 46 s on a disk and no longer than fetch itself waits over a slow line', () => {
  expect(timeBounds.local).toEqual({ patience: 30_000, bytesPerSecond: 2 ** 20 })
  expect(timeBounds.remote.patience + (1000 * 2 ** 24) / timeBounds.remote.bytesPerSecond).toBeLessThan(300_000)
})
