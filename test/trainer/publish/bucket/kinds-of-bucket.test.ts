import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findPointer, listTasks } from '../../../../shared/engine/stored-task.ts'
import { type Bucket, bucketStore, hashObject, listFolders, readVersioned } from '../../../../trainer/publish/bucket/bucket.ts'
import { folderBucket } from '../../../../trainer/publish/bucket/folder-bucket.ts'
import { s3Bucket } from '../../../../trainer/publish/bucket/s3-bucket.ts'
import { uploadFile } from '../../../../trainer/publish/bucket/upload.ts'
import { deleteTask } from '../../../../trainer/publish/delete.ts'
import { findGarbage, removeGarbage } from '../../../../trainer/publish/gc.ts'
import { promote } from '../../../../trainer/publish/promote.ts'
import { rollback } from '../../../../trainer/publish/rollback.ts'
import { alteredBucket, isWrite } from '../../../fixtures/altered-bucket.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'
import { useLocalBucket } from '../../../fixtures/local-bucket.ts'
import { publishFolder } from '../../../fixtures/publish-folder.ts'
import { type S3Server, startS3Server } from '../../../fixtures/s3-server.ts'
import { writeSmallModel } from '../../../fixtures/small-model.ts'
import { writeRandomPrompt } from '../../../fixtures/written-prompt.ts'

const never = new AbortController().signal
const folder = temporaryFolder()
const local = useLocalBucket()
const server: S3Server | null = await startS3Server()
let buckets = 0

/** New and empty ones. R2's own comes first: what it does is what the others have to. */
const kinds: Record<string, () => Promise<Bucket>> = {
  'the local R2': async () => local.bucket,
  'a folder': async () => folderBucket(await mkdtemp(join(folder, 'bucket-')), never),
  ...(server && {
    'an S3 server': async () => {
      const name = `bucket-${buckets++}`
      await server.makeBucket(name)
      return s3Bucket(`s3://${name}/some/prefix/`, never, server.env)
    },
  }),
}
afterAll(() => server?.stop())

const bytesOf = (text: string) => Uint8Array.from(new TextEncoder().encode(text))
const textOf = (bytes: Uint8Array | null | undefined) => bytes && new TextDecoder().decode(bytes)

describe.each(Object.keys(kinds))('%s', (kind) => {
  let bucket: Bucket
  beforeAll(async () => {
    bucket = await kinds[kind]!()
  })

  test('keeps what is put, and tells of it', async () => {
    await bucket.put('tasks/a.json', 'first')
    const object = await bucket.head('tasks/a.json')
    expect(object).toMatchObject({ key: 'tasks/a.json', size: 5, etag: expect.stringMatching(/./) })
    expect(Math.abs(object!.uploaded.getTime() - Date.now())).toBeLessThan(60_000)
    expect(textOf((await readVersioned(bucket, 'tasks/a.json', 100))?.bytes)).toBe('first')
    expect(await bucket.head('tasks/none.json')).toBeNull()
    expect(await bucket.get('tasks/none.json')).toBeNull()
    expect(await bucket.get('none/at/all')).toBeNull()
    await expect(bucketStore(bucket).read('tasks/a.json', 4)).rejects.toMatchObject({ code: 'invalid_file', message: expect.stringContaining('5 bytes') }) // biome-ignore format: one thought
  })

  test('streams an object, or a range of it, with the bytes of the whole', async () => {
    await bucket.put('models/x/model.onnx', bytesOf('0123456789'))
    const store = bucketStore(bucket)
    const streamed = async (range?: { offset: number; length: number }) => {
      const found = await store.stream('models/x/model.onnx', range)
      return [found?.bytes, await new Response(found?.body).text()]
    }
    expect(await streamed()).toEqual([10, '0123456789'])
    expect(await streamed({ offset: 3, length: 4 })).toEqual([10, '3456'])
    expect(await streamed({ offset: 8, length: 2 })).toEqual([10, '89'])
    expect(await store.stream('models/x/none')).toBeNull()
  })

  test('writes on a condition alone: of two writers one wins', async () => {
    const onlyNew = () => bucket.put('tasks/cas.json', 'made', { onlyIf: { etagDoesNotMatch: '*' } })
    expect((await onlyNew())?.size).toBe(4)
    expect(await onlyNew()).toBeNull()
    const { etag } = (await bucket.head('tasks/cas.json'))!
    const puts = await Promise.all(
      ['one', 'two', 'three'].map((text) => bucket.put('tasks/cas.json', text, { onlyIf: { etagMatches: etag } })),
    )
    expect(puts.filter((put) => put !== null)).toHaveLength(1)
    const kept = textOf((await readVersioned(bucket, 'tasks/cas.json', 100))?.bytes)
    expect(kept).toBe(['one', 'two', 'three'][puts.findIndex((put) => put !== null)])
    expect(await bucket.put('tasks/nowhere.json', 'x', { onlyIf: { etagMatches: etag } })).toBeNull()
    expect(await bucket.head('tasks/nowhere.json')).toBeNull()
  })

  test('takes a large file in parts, and nothing of one that is given up', async () => {
    const bytes = new Uint8Array(2 ** 23 + 1000).map((_, i) => i % 251)
    const { createHash } = await import('node:crypto')
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const file = { name: 'large', bytes: bytes.length, sha256, read: async (begin: number, end: number) => bytes.slice(begin, end) }
    await uploadFile(bucket, 'models/y/large', file)
    expect(await hashObject(bucket, 'models/y/large')).toMatchObject({ bytes: bytes.length, sha256 })
    await expect(uploadFile(bucket, 'models/y/other', { ...file, sha256: 'f'.repeat(64) })).rejects.toMatchObject({ code: 'invalid_file' })
    expect(await bucket.head('models/y/other')).toBeNull()
  })

  test('lists keys in their order, those after one, and folders', async () => {
    const keys = ['b', 'a', 'a-b', 'c'].map((name) => `prompts/${name}/prompt.json`)
    for (const key of keys) await bucket.put(key, key)
    const store = bucketStore(bucket)
    const listed = async (prefix: string, after?: string) => {
      const found: string[] = []
      for await (const { key } of store.list(prefix, after === undefined ? {} : { after })) found.push(key)
      return found
    }
    expect(await listed('prompts/')).toEqual(keys.toSorted())
    expect(await listed('prompts/a')).toEqual(['prompts/a-b/prompt.json', 'prompts/a/prompt.json'])
    expect(await listed('prompts/', 'prompts/a/prompt.json')).toEqual(['prompts/b/prompt.json', 'prompts/c/prompt.json'])
    expect(await listed('nothing/')).toEqual([])
    expect(await listFolders(bucket, 'prompts/')).toEqual(['a', 'a-b', 'b', 'c'].toSorted((x, y) => (`${x}/` < `${y}/` ? -1 : 1)))
    expect(await listFolders(bucket, 'prompts/', 'a-')).toEqual(['a-b'])
  })

  test('removes what it is told to, there or not', async () => {
    await bucket.put('prompts/gone/prompt.json', 'x')
    await bucket.delete(['prompts/gone/prompt.json', 'prompts/never/prompt.json'])
    expect(await bucket.head('prompts/gone/prompt.json')).toBeNull()
  })

  test('a task’s life: published, replaced, rolled back, promoted, deleted, cleaned up after', async () => {
    const own = kind === 'the local R2' ? bucket : await kinds[kind]!()
    for (const { key } of (await own.list()).objects) await own.delete(key)
    const at = (name: string) => join(folder, `${kind.replaceAll(' ', '-')}-${name}`)
    const model = await writeSmallModel(at('model'))
    const one = await writeRandomPrompt(at('1'), model, { task: 'spam', seed: 1 })
    const two = await writeRandomPrompt(at('2'), model, { task: 'spam', seed: 2 })
    const store = bucketStore(own)
    const live = async () => (await findPointer(store, 'spam'))?.live.prompt
    await publishFolder(own, at('1'), at('model'))
    expect(await live()).toBe(one)
    expect(await publishFolder(own, at('2'), at('model'))).toMatchObject({ changed: true, prompt: two })
    expect(await publishFolder(own, at('2'), at('model'))).toMatchObject({ changed: false })
    await rollback(own, 'spam')
    expect(await live()).toBe(one)
    await promote(own, 'spam', two.slice(0, 12))
    expect(await live()).toBe(two)
    expect(await listTasks(store)).toEqual({ names: ['spam'], more: false })
    const none = { written: 0, deleted: 0 }
    const soon = new Date(Date.now() + 5000)
    expect((await findGarbage(own, none, soon)).garbage).toEqual([])
    await deleteTask(own, 'spam')
    const { garbage } = await findGarbage(own, none, soon)
    expect(garbage).toHaveLength(3)
    await removeGarbage(own, garbage, none, soon)
    expect((await own.list()).objects.map(({ key }) => key)).toEqual(['tasks/spam.json'])
  })

  test('keeps a model that is there when another prompt is published on it, and replaces what has other bytes', async () => {
    const at = (name: string) => join(folder, `${kind.replaceAll(' ', '-')}-again-${name}`)
    const model = await writeSmallModel(at('model'), { name: kind, weightBytes: 2 ** 23 + 1000 })
    for (const seed of [1, 2, 3, 4]) await writeRandomPrompt(at(String(seed)), model, { task: 'again', seed })
    /** What is written and read of the model but for its card, which is made young, in a publish. */
    const published = async (prompt: string) => {
      const [written, read] = [new Set<string>(), new Set<string>()]
      const note = (set: Set<string>, key: string) =>
        void (key.startsWith('models/') && !key.endsWith('model.json') && set.add(key.slice(key.lastIndexOf('/') + 1)))
      const watched = alteredBucket(bucket, async (operation, key, run) => {
        if (isWrite(operation)) note(written, key)
        if (operation === 'get') note(read, key)
        return run()
      })
      await publishFolder(watched, at(prompt), at('model'))
      return { written: [...written].sort(), read: [...read].sort() }
    }
    expect((await published('1')).written).toEqual(expect.arrayContaining(['model.onnx', 'model.onnx.data']))
    const second = await published('2')
    expect(second.written).toEqual([])
    if (kind !== 'a folder') expect(second.read).toEqual([]) // a folder notes no hash
    const large = (await bucket.list({ prefix: 'models/' })).objects.find(({ key }) => key.endsWith('.data'))!
    await bucket.put(large.key, new Uint8Array(large.size))
    expect((await published('3')).written).toEqual(['model.onnx.data'])
    expect((await published('4')).written).toEqual([])
  }, 60_000)
})

test.runIf(server !== null)('a listing of an S3 server goes through all its pages', async () => {
  const bucket = await kinds['an S3 server']!()
  const paged = { ...bucket, list: (options: object) => bucket.list({ ...options, limit: 2 }) } as Bucket
  for (let i = 0; i < 7; i++) await bucket.put(`tasks/t-${i}.json`, String(i))
  expect((await listTasks(bucketStore(paged))).names).toHaveLength(7)
})
