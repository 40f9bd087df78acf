import { reset } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { r2Store } from '../../../worker/store/r2-store.ts'

const store = r2Store(env.BUCKET)
const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g']

/** The real bucket, with `get` and `list` as they are given here. */
const altered = (changes: Partial<Pick<R2Bucket, 'get' | 'list'>>) => r2Store({ ...changes } as R2Bucket)

beforeAll(async () => {
  await reset()
  for (const letter of letters) await env.BUCKET.put(`letters/${letter}`, letter.repeat(10))
  await env.BUCKET.put('numbers/1', '1')
})

describe('read', () => {
  it('gives the bytes of an object, also where it is as large as it may be', async () => {
    expect(new TextDecoder().decode((await store.read('letters/a', 10)) as Uint8Array)).toBe('aaaaaaaaaa')
  })

  it('gives null where there is none', async () => {
    expect(await store.read('letters/z', 10)).toBeNull()
  })

  it('refuses an object that is too large, and leaves its body unread', async () => {
    let canceled = false
    const body = new ReadableStream(
      {
        pull() {
          throw new Error('the body was read')
        },
        cancel() {
          canceled = true
        },
      },
      { highWaterMark: 0 },
    )
    const arrayBuffer = () => {
      throw new Error('the body was read')
    }
    const large = altered({ get: (async () => ({ size: 11, body, arrayBuffer })) as unknown as R2Bucket['get'] })
    for (const each of [store, large]) {
      const limit = each === store ? 9 : 10
      await expect(each.read('letters/a', limit)).rejects.toMatchObject({
        code: 'invalid_file',
        message: expect.stringMatching(/letters\/a: it has 1[01] bytes, and at most (9|10) are read/),
      })
    }
    expect(canceled).toBe(true)
  })

  it('says which object the bucket failed at', async () => {
    const failing = altered({ get: () => Promise.reject(new Error('internal error 10001')) })
    await expect(failing.read('letters/a', 10)).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('Cannot read letters/a from the bucket: internal error 10001'),
    })
  })
})

describe('stream', () => {
  it('gives what an object holds, or a part of it, with the size of the whole', async () => {
    const text = async (range?: { offset: number; length: number }) => {
      const { bytes, body } = (await store.stream('letters/c', range))!
      return [bytes, await new Response(body).text()]
    }
    expect(await text()).toEqual([10, 'cccccccccc'])
    expect(await text({ offset: 3, length: 2 })).toEqual([10, 'cc'])
    expect(await store.stream('letters/z')).toBeNull()
  })

  it('says which object the bucket failed at', async () => {
    const failing = altered({ get: (() => Promise.reject(new Error('internal error 10001'))) as R2Bucket['get'] })
    await expect(failing.stream('letters/a')).rejects.toMatchObject({ code: 'storage', message: expect.stringContaining('letters/a') })
  })
})

describe('list', () => {
  const all = async <Item>(items: AsyncIterable<Item>) => {
    const seen: Item[] = []
    for await (const item of items) seen.push(item)
    return seen
  }
  const keys = async (objects: AsyncIterable<{ key: string }>) => (await all(objects)).map(({ key }) => key)
  const under = (...names: string[]) => names.map((name) => `letters/${name}`)

  it('gives the objects under a prefix in the order of their keys, with sizes and times', async () => {
    const listed = await all(store.list('letters/'))
    expect(listed.map(({ key }) => key)).toEqual(under(...letters))
    expect(listed[0]).toEqual({ key: 'letters/a', bytes: 10, uploaded: expect.any(Date) })
    expect(await keys(store.list('nothing/'))).toEqual([])
  })

  /** The bucket with pages of `limit` objects, which R2 gives where they have much metadata; `asked` counts them. */
  const paged = (limit: number, asked = { pages: 0 }) =>
    altered({
      list: (options) => {
        asked.pages += 1
        return env.BUCKET.list({ ...options, limit })
      },
    })

  it('goes on page by page, and reads no page that nobody asks for', async () => {
    const asked = { pages: 0 }
    expect(await keys(paged(3, asked).list('letters/'))).toEqual(under(...letters))
    expect(asked.pages).toBe(3)
    for await (const { key } of paged(3, asked).list('letters/')) if (key === 'letters/c') break
    expect(asked.pages).toBe(4)
  })

  it('begins after a key, which need not be there, on every page', async () => {
    expect(await keys(store.list('letters/', { after: 'letters/b' }))).toEqual(under('c', 'd', 'e', 'f', 'g'))
    expect(await keys(paged(2).list('letters/', { after: 'letters/b' }))).toEqual(under('c', 'd', 'e', 'f', 'g'))
    expect(await keys(store.list('letters/', { after: 'letters/bb' }))).toEqual(under('c', 'd', 'e', 'f', 'g'))
    expect(await keys(store.list('letters/', { after: 'letters/g' }))).toEqual([])
  })

  it('says what the bucket failed at', async () => {
    const failing = altered({ list: () => Promise.reject(new Error('internal error 10001')) })
    await expect(keys(failing.list('letters/'))).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('Cannot read the list of letters/ from the bucket'),
    })
  })
})
