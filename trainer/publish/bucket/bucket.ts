import { createHash } from 'node:crypto'
import type { R2Bucket, R2HTTPMetadata, R2ObjectBody } from '@cloudflare/workers-types'
import { requireSize, type Store } from '../../../shared/engine/store.ts'
import { withRetries } from './retry.ts'

/** What is used of R2: the same for the local one and a remote one. */
export type Bucket = Pick<R2Bucket, 'head' | 'get' | 'put' | 'list' | 'delete' | 'createMultipartUpload'>

/** An object read whole, and the etag by which it can be replaced if nobody else has done so since. */
interface VersionedObject {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly etag: string
}

/** The bucket as what packages and pointers are read from. */
export function bucketStore(bucket: Bucket): Store {
  return {
    read: async (key, limit) => (await readVersioned(bucket, key, limit))?.bytes ?? null,
    async stream(key, range) {
      const object = await withRetries(`read ${key}`, () => bucket.get(key, range === undefined ? {} : { range }))
      return object && { bytes: object.size, body: object.body as unknown as ReadableStream<Uint8Array> }
    },
    async *list(prefix, { after } = {}) {
      for (let start: object = after === undefined ? {} : { startAfter: after }; ; ) {
        const page = await withRetries(`list ${prefix}`, () => bucket.list({ prefix, ...start }))
        for (const { key, size, uploaded } of page.objects) yield { key, bytes: size, uploaded }
        if (!page.truncated) return
        start = { cursor: page.cursor }
      }
    },
  }
}

/** The bytes of `key` with their etag, or null where there is none. Throws, before reading, where it has more than `limit` bytes. */
export async function readVersioned(bucket: Bucket, key: string, limit: number): Promise<VersionedObject | null> {
  const found = await withRetries(`read ${key}`, async () => {
    const object = await bucket.get(key)
    if (object === null) return null
    if (object.size > limit) {
      await object.body.cancel()
      return object.size
    }
    const bytes = new Uint8Array(object.size)
    let read = 0
    for await (const chunk of chunks(object)) {
      bytes.set(chunk, read)
      read += chunk.length
    }
    if (read < bytes.length) throw new Error(`it ended after ${read} of ${bytes.length} bytes`)
    return { bytes, etag: object.etag }
  })
  if (typeof found === 'number') requireSize(key, found, limit)
  return found as VersionedObject | null
}

/** The size and etag of `key` and the SHA-256 of what it holds, read a chunk at a time; null where there is none. */
export function hashObject(bucket: Bucket, key: string): Promise<{ bytes: number; etag: string; sha256: string } | null> {
  return withRetries(`read ${key}`, async () => {
    const object = await bucket.get(key)
    if (object === null) return null
    const hash = createHash('sha256')
    for await (const chunk of chunks(object)) hash.update(chunk)
    return { bytes: object.size, etag: object.etag, sha256: hash.digest('hex') }
  })
}

/** What an object holds, as it comes. */
async function* chunks({ body }: R2ObjectBody): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) yield chunk.value as Uint8Array
}

/** The folders directly under `parent` (which ends in "/") whose names begin with `start`, by name. */
export async function listFolders(bucket: Bucket, parent: string, start = ''): Promise<string[]> {
  const names: string[] = []
  for (let cursor: string | undefined; ; ) {
    const options = { prefix: parent + start, delimiter: '/', ...(cursor === undefined ? {} : { cursor }) }
    const page = await withRetries(`list ${parent}`, () => bucket.list(options))
    names.push(...page.delimitedPrefixes.map((folder) => folder.slice(parent.length, -1)))
    if (!page.truncated) return names
    cursor = page.cursor
  }
}

/** What a download of `key` is called over HTTP. */
export function httpMetadata(key: string): R2HTTPMetadata {
  return { contentType: key.endsWith('.json') ? 'application/json' : 'application/octet-stream' }
}
