import { SoftPromptError } from '../../shared/error.ts'

/** The bytes of `key`, or null where there is none. Throws `invalid_file`, before the body is read, where it has more than `most` bytes. */
export async function readObject(bucket: R2Bucket, key: string, most: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const object = await stored(key, bucket.get(key))
  if (object === null) return null
  if (object.size > most) {
    await object.body.cancel()
    throw new SoftPromptError(
      'invalid_file',
      `Cannot load ${key}: it has ${object.size} bytes, and at most ${most} are wanted. Publish it again.`,
    )
  }
  return new Uint8Array(await stored(key, object.arrayBuffer()))
}

/** The bytes of `key`. Throws `not_found` where there is none, else as `readObject`. */
export async function requireObject(bucket: R2Bucket, key: string, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await readObject(bucket, key, most)
  if (bytes === null)
    throw new SoftPromptError('not_found', `Cannot load ${key}: the bucket has no such object. Was it deleted? Publish it again.`)
  return bytes
}

/** `work`'s value. Throws `storage` where the bucket fails. */
export async function stored<Value>(key: string, work: Promise<Value>): Promise<Value> {
  try {
    return await work
  } catch (cause) {
    throw new SoftPromptError('storage', `Cannot read ${key} from the bucket: ${(cause as Error).message}. Try again.`, { cause })
  }
}
