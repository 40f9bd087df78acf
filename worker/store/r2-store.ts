import { requireSize, type Store } from '../../shared/engine/store.ts'
import { SoftPromptError } from '../../shared/error.ts'

/** The Worker's bucket. */
export function r2Store(bucket: R2Bucket): Store {
  return {
    async read(key, limit) {
      const object = await reading(key, bucket.get(key))
      if (object === null) return null
      try {
        requireSize(key, object.size, limit)
      } catch (error) {
        await object.body.cancel()
        throw error
      }
      return new Uint8Array(await reading(key, object.arrayBuffer()))
    },
    async stream(key, range) {
      const object = await reading(key, bucket.get(key, range && { range }))
      return object && { bytes: object.size, body: object.body }
    },
    async *list(prefix, { after } = {}) {
      for (let start: R2ListOptions = after === undefined ? {} : { startAfter: after }; ; ) {
        const page = await reading(`the list of ${prefix}`, bucket.list({ prefix, ...start }))
        for (const { key, size, uploaded } of page.objects) yield { key, bytes: size, uploaded }
        if (!page.truncated) return
        start = { cursor: page.cursor }
      }
    },
  }
}

/** `work`'s value. Throws `storage` where the bucket fails. */
async function reading<Value>(what: string, work: Promise<Value>): Promise<Value> {
  try {
    return await work
  } catch (cause) {
    throw new SoftPromptError('storage', `Cannot read ${what} from the bucket: ${(cause as Error).message}. Try again.`, { cause })
  }
}
