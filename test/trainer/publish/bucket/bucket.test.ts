import { beforeAll, expect, test } from 'vitest'
import { sha256 } from '../../../../shared/formats/card.ts'
import { hashObject, listFolders, listKeys } from '../../../../trainer/publish/bucket/bucket.ts'
import { listTasks } from '../../../../trainer/publish/task-pointer.ts'
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
const paged = () =>
  new Proxy(local.bucket, {
    get: (bucket, name) => (name === 'list' ? (options: object) => bucket.list({ ...options, limit: 2 }) : Reflect.get(bucket, name)),
  })

test('keys, folders and tasks are listed through all pages', async () => {
  const keys: string[] = []
  for await (const { key, bytes } of listKeys(paged(), 'prompts/')) {
    keys.push(key)
    expect(bytes).toBe(1)
  }
  expect(keys).toEqual(names.flatMap((name) => [`prompts/${name}${name}/labels.safetensors`, `prompts/${name}${name}/prompt.json`]))
  expect(await listFolders(paged(), 'prompts/')).toEqual(names.map((name) => name + name))
  expect(await listFolders(paged(), 'prompts/', 'b')).toEqual(['bb'])
  expect(await listTasks(paged())).toEqual(names)
})

test('an object is hashed as it is stored', async () => {
  const bytes = new Uint8Array(300_000).map((_, i) => i % 251)
  await local.bucket.put('hashed', bytes)
  expect(await hashObject(local.bucket, 'hashed')).toEqual({ bytes: 300_000, sha256: await sha256(bytes) })
  expect(await hashObject(local.bucket, 'missing')).toBeNull()
})
