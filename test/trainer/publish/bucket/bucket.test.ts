import { beforeAll, expect, test } from 'vitest'
import { listTasks } from '../../../../shared/engine/stored-task.ts'
import { sha256 } from '../../../../shared/formats/hashing.ts'
import { type Bucket, bucketStore, hashObject, listFolders } from '../../../../trainer/publish/bucket/bucket.ts'
import { alteredBucket } from '../../../fixtures/altered-bucket.ts'
import { useLocalBucket } from '../../../fixtures/local-bucket.ts'

const local = useLocalBucket()
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g']

beforeAll(async () => {
  for (const name of names) {
    await local.bucket.put(`tasks/${name}.json`, name)
    await local.bucket.put(`prompts/${name}${name}/prompt.json`, name)
    await local.bucket.put(`prompts/${name}${name}/labels.safetensors`, name)
  }
  await local.bucket.put('tasks/no task', '')
})

/** The bucket, listing so few objects at once that every listing has pages. */
const paged = (bucket: Bucket) =>
  new Proxy(bucket, {
    get: (target, name) => (name === 'list' ? (options: object) => target.list({ ...options, limit: 2 }) : Reflect.get(target, name)),
  })

/** The keys that a listing gives. */
async function keysOf(listing: AsyncIterable<{ key: string }>): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of listing) keys.push(key)
  return keys
}

test('keys, folders and tasks are listed through all pages', async () => {
  const bucket = paged(local.bucket)
  const store = bucketStore(bucket)
  const keys: string[] = []
  for await (const { key, bytes, uploaded } of store.list('prompts/')) {
    keys.push(key)
    expect(bytes).toBe(1)
    expect(uploaded).toBeInstanceOf(Date)
  }
  expect(keys).toEqual(names.flatMap((name) => [`prompts/${name}${name}/labels.safetensors`, `prompts/${name}${name}/prompt.json`]))
  expect(await listFolders(bucket, 'prompts/')).toEqual(names.map((name) => name + name))
  expect(await listFolders(bucket, 'prompts/', 'b')).toEqual(['bb'])
  expect(await listTasks(store)).toEqual({ names, more: false })
})

test('a listing goes on after a key, whether or not that is there, through all pages', async () => {
  const store = bucketStore(paged(local.bucket))
  const after = (key: string) => keysOf(store.list('tasks/', { after: key }))
  expect(await after('tasks/c.json')).toEqual([...'defg'].map((name) => `tasks/${name}.json`).concat('tasks/no task'))
  expect(await after('tasks/f')).toEqual(['tasks/f.json', 'tasks/g.json', 'tasks/no task'])
  expect(await after('tasks/no task')).toEqual([])
  expect(await listTasks(store, { after: 'b', count: 3 })).toEqual({ names: ['c', 'd', 'e'], more: true })
})

test('an object is read whole, unless it is larger than wanted: then it is refused before it is read', async () => {
  const bytes = new Uint8Array(3000).map((_, i) => i % 251)
  await local.bucket.put('large', bytes)
  const store = bucketStore(local.bucket)
  expect(await store.read('large', 3000)).toEqual(bytes)
  expect(await store.read('missing', 1)).toBeNull()
  await local.bucket.put('empty', '')
  expect(await store.read('empty', 0)).toEqual(new Uint8Array())

  let bodies = 0
  const watched = alteredBucket(local.bucket, async (_operation, _key, run) => {
    const object = (await run()) as object
    return new Proxy(object, {
      get(target, name) {
        if (name === 'body') bodies++
        const member: unknown = Reflect.get(target, name)
        return name === 'body' ? { cancel: async () => bodies-- } : member
      },
    })
  })
  await expect(bucketStore(watched).read('large', 2999)).rejects.toMatchObject({
    code: 'invalid_file',
    message: expect.stringMatching(/Cannot load large: it has 3000 bytes, and at most 2999 are read/),
  })
  expect(bodies).toBe(0) // cancelled unread
})

test('an object is hashed as it is stored', async () => {
  const bytes = new Uint8Array(300_000).map((_, i) => i % 251)
  await local.bucket.put('hashed', bytes)
  const bucket = local.bucket
  expect(await hashObject(bucket, 'hashed')).toMatchObject({ bytes: 300_000, sha256: await sha256(bytes) })
  expect(await hashObject(bucket, 'missing')).toBeNull()
})

test('an object is streamed whole or in part', async () => {
  const store = bucketStore(local.bucket)
  await local.bucket.put('streams/letters', 'abcdefgh')
  const text = async (range?: { offset: number; length: number }) => {
    const { bytes, body } = (await store.stream('streams/letters', range))!
    return [bytes, await new Response(body).text()]
  }
  expect(await text()).toEqual([8, 'abcdefgh'])
  expect(await text({ offset: 2, length: 3 })).toEqual([8, 'cde'])
  expect(await text({ offset: 7, length: 1 })).toEqual([8, 'h'])
  expect(await store.stream('streams/nothing')).toBeNull()
})
