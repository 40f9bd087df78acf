import { SoftPromptError } from '../error.ts'

/** An object of a store, as a listing tells of it. */
interface ListedObject {
  readonly key: string
  readonly bytes: number
  /** When it was last written. */
  readonly uploaded: Date
}

/** A part of an object, which lies within it and is not empty. */
export interface ByteRange {
  readonly offset: number
  readonly length: number
}

/** Where packages and pointers are read from: R2, a folder, another object storage. Whatever fails there is thrown as `storage`. */
export interface Store {
  /** The bytes of `key`, or null where there is none. Throws `invalid_file`, before the body is read, where it has more than `limit` bytes. */
  read(key: string, limit: number): Promise<Uint8Array<ArrayBuffer> | null>
  /** What `key` holds, or the bytes of `range` within it, as it comes, with the size of the whole object; null where there is none. */
  stream(key: string, range?: ByteRange): Promise<{ readonly bytes: number; readonly body: ReadableStream<Uint8Array> } | null>
  /** The objects whose keys begin with `prefix`, in the order of their keys; those that come after the key `after`. */
  list(prefix: string, options?: { readonly after?: string }): AsyncIterable<ListedObject>
}

/** The bytes of `key`. Throws `not_found` where there is none, else as `Store.read`. */
export async function requireObject(store: Pick<Store, 'read'>, key: string, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await store.read(key, limit)
  if (bytes === null)
    throw new SoftPromptError('not_found', `Cannot load ${key}: the bucket has no such object. It may have been deleted: publish it again.`)
  return bytes
}

/** Throws `invalid_file`, for a store to refuse an object of more bytes than are wanted. */
export function requireSize(key: string, bytes: number, limit: number): void {
  if (bytes <= limit) return
  throw new SoftPromptError(
    'invalid_file',
    `Cannot load ${key}: it has ${bytes} bytes, and at most ${limit} are read. Something else may be stored under this name: publish it again.`,
  )
}
