import { createHash } from 'node:crypto'
import type { R2Bucket, R2HTTPMetadata } from '@cloudflare/workers-types'
import { SoftPromptError } from '../../../shared/error.ts'
import { stored } from './retry.ts'

/** What is used of R2: the same for the local one and a remote one. */
export type Bucket = Pick<R2Bucket, 'head' | 'get' | 'put' | 'list' | 'delete' | 'createMultipartUpload'>

/** An object read whole, and the etag by which it can be replaced if nobody else has done so since. */
export interface StoredText {
  readonly text: string
  readonly etag: string
}

/** A key of the bucket with its size and the time at which it was last written. */
export interface StoredKey {
  readonly key: string
  readonly bytes: number
  readonly uploaded: Date
}

/** The text of `key`, or null where there is none. Throws, before reading, where it has more than `most` bytes. */
export async function readText(bucket: Bucket, key: string, most: number): Promise<StoredText | null> {
  const found = await stored(`read ${key}`, async () => {
    const object = await bucket.get(key)
    if (object === null) return null
    if (object.size <= most) return { text: await object.text(), etag: object.etag }
    await object.body.cancel()
    return object.size
  })
  if (typeof found !== 'number') return found
  throw new SoftPromptError(
    'storage',
    `Cannot read ${key} from the bucket: it has ${found} bytes, and at most ${most} are wanted. Was something else stored under this name?`,
  )
}

/** The size of `key` and the SHA-256 of what it holds, read a chunk at a time; null where there is none. */
export function hashObject(bucket: Bucket, key: string): Promise<{ bytes: number; sha256: string } | null> {
  return stored(`read ${key}`, async () => {
    const object = await bucket.get(key)
    if (object === null) return null
    const hash = createHash('sha256')
    const reader = object.body.getReader()
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) hash.update(chunk.value as Uint8Array)
    return { bytes: object.size, sha256: hash.digest('hex') }
  })
}

/** Every object whose key begins with `prefix`, a page of the bucket's listing at a time. */
export async function* listKeys(bucket: Bucket, prefix: string): AsyncGenerator<StoredKey> {
  for (let cursor: string | undefined; ; ) {
    const page = await stored(`list ${prefix}`, () => bucket.list({ prefix, ...(cursor === undefined ? {} : { cursor }) }))
    for (const { key, size, uploaded } of page.objects) yield { key, bytes: size, uploaded }
    if (!page.truncated) return
    cursor = page.cursor
  }
}

/** The folders directly under `parent` (which ends in "/") whose names begin with `start`, by name. */
export async function listFolders(bucket: Bucket, parent: string, start = ''): Promise<string[]> {
  const names: string[] = []
  for (let cursor: string | undefined; ; ) {
    const options = { prefix: parent + start, delimiter: '/', ...(cursor === undefined ? {} : { cursor }) }
    const page = await stored(`list ${parent}`, () => bucket.list(options))
    names.push(...page.delimitedPrefixes.map((folder) => folder.slice(parent.length, -1)))
    if (!page.truncated) return names
    cursor = page.cursor
  }
}

/** What a download of `key` is called over HTTP. */
export function httpMetadata(key: string): R2HTTPMetadata {
  return { contentType: key.endsWith('.json') ? 'application/json' : 'application/octet-stream' }
}
