import type { R2Bucket, R2HTTPMetadata, R2ObjectBody } from '@cloudflare/workers-types'
import { SoftPromptError } from '../../shared/error.ts'

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
  const object = await stored(`read ${key}`, () => bucket.get(key))
  if (object === null) return null
  if (object.size > most) {
    await object.body.cancel()
    throw new SoftPromptError('storage', `Cannot read ${key} from the bucket: it has ${object.size} bytes, and at most ${most} are wanted. Was something else stored under this name?`)
  }
  return { text: await stored(`read ${key}`, () => object.text()), etag: object.etag }
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

/** The chunks of an object's body, as they come. */
export async function* chunks({ key, body }: R2ObjectBody): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  for (;;) {
    const { done, value } = await stored(`read ${key}`, () => reader.read())
    if (done) return
    yield value as Uint8Array
  }
}

/** What a download of `key` is called over HTTP. */
export function httpMetadata(key: string): R2HTTPMetadata {
  return { contentType: key.endsWith('.json') ? 'application/json' : 'application/octet-stream' }
}

/** `work`'s value; where R2 fails, an error that says what was being done. */
export async function stored<Value>(doing: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new SoftPromptError('storage', `Cannot ${doing} in the bucket: ${why}. Try again: what is stored already stays, and no task was changed by halves.`, { cause })
  }
}
