import { beforeEach, describe, expect, test, vi } from 'vitest'
import { sha256 } from '../../../../shared/formats/hashing.ts'
import type { Bucket } from '../../../../trainer/publish/bucket/bucket.ts'
import { checkNotAborted, inMemory, missingFile, storedPackage, uploadPackage } from '../../../../trainer/publish/bucket/packages.ts'
import { alteredBucket, isWrite } from '../../../fixtures/altered-bucket.ts'
import { empty, useLocalBucket } from '../../../fixtures/local-bucket.ts'

const bytes = (text: string) => Uint8Array.from(new TextEncoder().encode(text))
const local = useLocalBucket()
const [small, large, card] = [inMemory('small', bytes('s')), inMemory('large', bytes('large')), bytes('{"card": 1}')]
const stored = storedPackage('prompts', 'prompt.json', card, [small, large])
const { folder } = stored
const textOf = async (key: string) => (await local.bucket.get(key))?.text()

beforeEach(() => empty(local.bucket))

/** Uploads the package. Gives the names of what was written, in order, and what was logged; `before` is called before each writing. */
async function upload({ signal = new AbortController().signal, before = (_: string) => {} } = {}) {
  const [written, log] = [[] as string[], [] as string[]]
  const bucket: Bucket = alteredBucket(local.bucket, async (operation, key, run) => {
    if (isWrite(operation)) {
      before(key.slice(folder.length))
      written.push(key.slice(folder.length))
    }
    return run()
  })
  await uploadPackage(bucket, stored, signal, (line) => log.push(line))
  return { written, log }
}

describe('a package', () => {
  test('is named by the hash of its card', async () => {
    const id = await sha256(card)
    expect(stored).toMatchObject({ id, folder: `prompts/${id}/`, card: { name: 'prompt.json', bytes: 11, sha256: id } })
    expect(storedPackage('models', 'model.json', card, []).folder).toBe(`models/${id}/`)
  })

  test('has files whose parts are read as copies', async () => {
    expect(large).toMatchObject({ name: 'large', bytes: 5, sha256: await sha256(bytes('large')) })
    const part = await large.read(1, 3)
    expect(part).toEqual(bytes('ar'))
    part.fill(0)
    expect(await large.read(0, 5)).toEqual(bytes('large'))
    expect(await inMemory('buffer', Buffer.from('large')).read(0, 5)).not.toBeInstanceOf(Buffer)
  })
})

describe('an upload', () => {
  test('writes the largest file first and the card last, and says which', async () => {
    expect(await upload()).toEqual({
      written: ['large', 'small', 'prompt.json'],
      log: [`uploading ${folder}large (5 B)`, `uploading ${folder}small (1 B)`],
    })
    expect([await textOf(`${folder}large`), await textOf(`${folder}prompt.json`)]).toEqual(['large', '{"card": 1}'])
  })

  test('writes nothing where all of it has just been written', async () => {
    await upload()
    expect(await upload()).toEqual({ written: [], log: [] })
  })

  test('writes the card anew a minute later, so that gc sees that it is used', async () => {
    await upload()
    const now = Date.now()
    try {
      vi.useFakeTimers({ toFake: ['Date'], now: now + 50_000 })
      expect((await upload()).written).toEqual([])
      vi.setSystemTime(now + 60_000)
      expect((await upload()).written).toEqual(['prompt.json'])
    } finally {
      vi.useRealTimers()
    }
  })

  test('goes on where another one ended: what has the wanted bytes stays, what has only their number is written again, a noted hash or not', async () => {
    await local.bucket.put(`${folder}large`, 'large', { sha256: large.sha256 })
    await local.bucket.put(`${folder}small`, 'S', { customMetadata: { sha256: small.sha256 } })
    expect((await upload()).written).toEqual(['small', 'prompt.json'])
    expect(await textOf(`${folder}small`)).toBe('s')
  })

  test('reads what has no hash, since R2 keeps none of what went up in parts', async () => {
    await upload()
    await local.bucket.put(`${folder}large`, 'large')
    expect((await upload()).written).toEqual([])
    for (const other of ['LARGE', 'cut']) {
      await local.bucket.put(`${folder}large`, other)
      expect((await upload()).written).toEqual(['large'])
    }
    await local.bucket.put(`${folder}large`, 'LARGE', { customMetadata: { sha256: 'f'.repeat(64) } })
    expect((await upload()).written).toEqual(['large'])
  })

  test('trusts nothing where another card is there', async () => {
    await local.bucket.put(`${folder}prompt.json`, '{"card": 2}')
    await local.bucket.put(`${folder}large`, 'LARGE')
    expect((await upload()).written).toEqual(['large', 'small', 'prompt.json'])
  })

  test.each([
    ['large', ['large']],
    ['small', ['large', 'small']],
  ])('stops after the file at which it is interrupted: %s', async (last, kept) => {
    const controller = new AbortController()
    const before = (name: string) => (name === last ? controller.abort() : undefined)
    await expect(upload({ signal: controller.signal, before })).rejects.toMatchObject({
      code: 'interrupted',
      message: expect.stringContaining('before the task was changed'),
    })
    expect(Object.keys(await local.contents())).toEqual(kept.map((name) => folder + name))
  })

  test('does not call one interrupted that has nothing left to write', async () => {
    await upload()
    expect((await upload({ signal: AbortSignal.abort() })).written).toEqual([])
  })
})

test('only an aborted signal is one', () => {
  expect(() => checkNotAborted(new AbortController().signal)).not.toThrow()
  expect(() => checkNotAborted(AbortSignal.abort())).toThrow(/^Interrupted/)
})

test('the first file that is missing or has another size is named', async () => {
  const missing = () => missingFile(local.bucket, folder, [small, large])
  expect(await missing()).toBe(`${folder}small`)
  await upload()
  expect(await missing()).toBeNull()
  await local.bucket.put(`${folder}large`, 'longer')
  expect(await missing()).toBe(`${folder}large`)
})
