import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bucketStore } from '../../../../trainer/publish/bucket/bucket.ts'
import { folderBucket } from '../../../../trainer/publish/bucket/folder-bucket.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'

const never = new AbortController().signal
const folder = temporaryFolder()

/** A bucket in a folder of its own. */
async function made(name: string) {
  mkdirSync(join(folder, name))
  return { root: join(folder, name), bucket: await folderBucket(join(folder, name), never) }
}

test('a folder that is not there, or is none, is refused', async () => {
  await expect(folderBucket(join(folder, 'nowhere'), never)).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('there is no such folder. Make the folder first') }) // biome-ignore format: one thought
  writeFileSync(join(folder, 'file'), '')
  await expect(folderBucket(join(folder, 'file'), never)).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('not a folder') }) // biome-ignore format: one thought
})

test('a folder that goes away is an error, and not one in which everything was deleted, nor one that is made anew', async () => {
  const { root, bucket } = await made('volume')
  await bucket.put('tasks/a.json', 'x')
  renameSync(root, `${root}-away`)
  const gone = {
    code: 'storage',
    message: expect.stringMatching(/Cannot read store .*volume: the folder is not there any more\. Bring it back, or mount it\.$/),
  }
  for (const call of [
    () => bucket.get('tasks/a.json'),
    () => bucket.head('tasks/b.json'),
    () => bucket.list({ prefix: 'tasks/' }),
    () => bucket.put('tasks/c.json', 'x'),
  ])
    await expect(call()).rejects.toMatchObject(gone)
  expect(existsSync(root)).toBe(false)
  renameSync(`${root}-away`, root)
  expect(await (await bucket.get('tasks/a.json'))?.text()).toBe('x')
})

describe('nothing outside of the folder is read or written', () => {
  test.each([
    '../file',
    'tasks/../../file',
    '/etc/passwd',
    'tasks//a.json',
    '',
    '.',
    'tasks/.hidden',
    'a\\b',
    'a\0b',
    `tasks/${'x'.repeat(300)}`,
  ])('by the key %j', async (key) => {
    const bucket = await folderBucket(folder, never)
    for (const call of [() => bucket.get(key), () => bucket.put(key, 'x'), () => bucket.delete(key), () => bucket.head(key)])
      await expect(call()).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringContaining('as a key') })
  })

  test('through a link', async () => {
    const { root, bucket } = await made('linked')
    mkdirSync(join(folder, 'outside'))
    writeFileSync(join(folder, 'outside/secret.json'), 'secret')
    mkdirSync(join(root, 'tasks'))
    symlinkSync(join(folder, 'outside/secret.json'), join(root, 'tasks/secret.json'))
    symlinkSync(join(folder, 'outside'), join(root, 'prompts'))
    for (const key of ['tasks/secret.json', 'prompts/secret.json']) {
      expect(await bucket.get(key)).toBeNull()
      expect(await bucket.head(key)).toBeNull()
    }
    await expect(bucket.put('prompts/new.json', 'x')).rejects.toThrow(/link/)
    await bucket.delete('prompts/secret.json')
    expect(readdirSync(join(folder, 'outside'))).toEqual(['secret.json'])
    expect((await bucket.list()).objects).toEqual([])
    await bucket.put('tasks/secret.json', 'new') // takes the place of the link, and not of what it leads to
    expect(readFileSync(join(folder, 'outside/secret.json'), 'utf8')).toBe('secret')
  })
})

test('what is neither file nor folder is no object', async () => {
  const { root, bucket } = await made('odd')
  mkdirSync(join(root, 'tasks/folder.json'), { recursive: true })
  expect(await bucket.get('tasks/folder.json')).toBeNull()
  if (process.platform !== 'win32') {
    spawnSync('mkfifo', [join(root, 'tasks/pipe.json')])
    expect(await bucket.get('tasks/pipe.json')).toBeNull()
  }
  expect((await bucket.list()).objects).toEqual([])
})

test('a reader has the old object or the new one, never a part', async () => {
  const { bucket } = await made('replaced')
  await bucket.put('tasks/a.json', 'a'.repeat(2 ** 20))
  const old = await bucket.get('tasks/a.json')
  await bucket.put('tasks/a.json', 'b')
  expect(await old!.text()).toBe('a'.repeat(2 ** 20))
  expect(await (await bucket.get('tasks/a.json'))!.text()).toBe('b')
})

test('what was cut short while it is read is no answer', async () => {
  const { root, bucket } = await made('cut')
  const cutting = new Proxy(bucket, {
    get: (target, name) =>
      name !== 'get'
        ? Reflect.get(target, name)
        : async (key: string) => {
            await target.put(key, 'a'.repeat(2 ** 20))
            const object = await target.get(key)
            writeFileSync(join(root, key), 'a'.repeat(1000))
            return object
          },
  })
  await expect(bucketStore(cutting).read('tasks/a.json', 2 ** 21)).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringContaining('of 1048576 bytes'),
  })
}, 20_000)

test('files and locks that a killed writer left are in nobody’s way', async () => {
  const { root, bucket } = await made('left')
  await bucket.put('tasks/a.json', 'a')
  const { etag } = (await bucket.head('tasks/a.json'))!
  // a writer that is killed while it holds the lock leaves it: its name is the one that this writer would take
  const lock = await lockName(root, bucket, etag)
  mkdirSync(join(root, 'tasks', lock))
  utimesSync(join(root, 'tasks', lock), new Date(0), new Date(0))
  const { etag: now } = (await bucket.head('tasks/a.json'))!
  expect(await bucket.put('tasks/a.json', 'c', { onlyIf: { etagMatches: now } })).toMatchObject({ size: 1 })
  const ended = spawnSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).stdout.trim()
  const { ownerOf } = await import('../../../../trainer/disk/owner.ts')
  const left = `.softprompt-${ownerOf(Number(ended))}-0a0a`
  writeFileSync(join(root, 'tasks', left), 'half')
  expect((await bucket.list()).objects.map(({ key }) => key)).toEqual(['tasks/a.json'])
  await bucket.put('tasks/b.json', 'b')
  expect(readdirSync(join(root, 'tasks')).sort()).toEqual(['a.json', 'b.json'])
})

/** The name of the lock for tasks/a.json, seen while it is held. */
async function lockName(root: string, bucket: Awaited<ReturnType<typeof made>>['bucket'], etag: string): Promise<string> {
  const writing = bucket.put('tasks/a.json', 'b', { onlyIf: { etagMatches: etag } })
  for (let found: string | undefined; ; ) {
    found = readdirSync(join(root, 'tasks')).find((name) => name.includes('lock'))
    if (found !== undefined) {
      await writing
      return found
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('a lock from the future holds up nobody, and a command that waits for one can be interrupted', async () => {
  const { root, bucket } = await made('future')
  await bucket.put('tasks/a.json', 'a')
  const lock = join(root, 'tasks', await lockName(root, bucket, (await bucket.head('tasks/a.json'))!.etag))
  const { etag } = (await bucket.head('tasks/a.json'))!
  const controller = new AbortController()
  const other = await folderBucket(root, controller.signal)
  mkdirSync(lock)
  const waiting = other.put('tasks/a.json', 'c', { onlyIf: { etagMatches: etag } })
  controller.abort(new Error('Interrupted.'))
  await expect(waiting).rejects.toThrow('Interrupted.')
  utimesSync(lock, new Date(2 ** 42), new Date(2 ** 42))
  expect(await bucket.put('tasks/a.json', 'c', { onlyIf: { etagMatches: etag } })).toMatchObject({ size: 1 })
})

test('an interrupted command asks nothing more', async () => {
  const { root } = await made('interrupted')
  const controller = new AbortController()
  const bucket = await folderBucket(root, controller.signal)
  controller.abort(new Error('Interrupted.'))
  for (const call of [() => bucket.get('tasks/a.json'), () => bucket.put('tasks/a.json', 'x'), () => bucket.list()])
    await expect(call()).rejects.toThrow('Interrupted.')
})
