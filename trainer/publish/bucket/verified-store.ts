import type { Store } from '../../../shared/engine/store.ts'
import { readModelCard } from '../../../shared/engine/stored-model.ts'
import { readPromptCard } from '../../../shared/engine/stored-prompt.ts'
import { SoftPromptError } from '../../../shared/error.ts'
import { type Bucket, bucketStore, hashObject } from './bucket.ts'
import { withRetries } from './retry.ts'

/** What was found when a file was read through: which one it was, by its etag, and what is wrong with it, or null. */
interface Verdict {
  readonly etag: string
  readonly problem: string | null
}

/**
 * The store of a bucket that anything on this machine may write into, such as a folder. What is streamed of a package is read through and
 * held against the hash in its name or card before it is first handed out, and again where it was changed since: whoever gets it keeps it for
 * ever. Throws `invalid_file` where it is something else.
 */
export function verifiedStore(bucket: Bucket): Store {
  const store = bucketStore(bucket)
  const verdicts = new Map<string, Verdict>()
  const under = new Map<string, Promise<void>>()

  async function judge(key: string, wantedHash: () => Promise<string>): Promise<void> {
    const wanted = await wantedHash()
    const found = await hashObject(bucket, key)
    if (found === null) return
    const { sha256, etag } = found
    const problem =
      sha256 === wanted
        ? null
        : `Cannot hand out ${key}: its SHA-256 is ${sha256}, and its package names ${wanted}. It was changed in the store: publish it again.`
    verdicts.set(key, { etag, problem })
  }

  return {
    ...store,
    async stream(key, range) {
      const wantedHash = hashOf(store, key)
      if (wantedHash === null) return store.stream(key, range)
      for (;;) {
        const object = await withRetries(`read ${key}`, () => bucket.get(key, range === undefined ? {} : { range }))
        if (object === null) return null
        const verdict = verdicts.get(key)
        if (verdict?.etag === object.etag && verdict.problem === null)
          return { bytes: object.size, body: object.body as unknown as ReadableStream<Uint8Array> }
        await object.body.cancel()
        if (verdict?.etag === object.etag) throw new SoftPromptError('invalid_file', verdict.problem as string)
        const judging = under.get(key) ?? judge(key, wantedHash).finally(() => under.delete(key))
        under.set(key, judging)
        await judging
      }
    },
  }
}

/** How to find the SHA-256 that the file under `key` should have; null where that is no file of a package. */
function hashOf(store: Store, key: string): (() => Promise<string>) | null {
  const [, folder, hash = '', file = ''] = /^(models|prompts)\/([0-9a-f]{64})\/(.+)$/.exec(key) ?? []
  if (folder === undefined) return null
  if (file === (folder === 'models' ? 'model.json' : 'prompt.json')) return async () => hash
  return async () => {
    const { files } = folder === 'models' ? await readModelCard(store, hash) : await readPromptCard(store, hash)
    const entry = new Map<string, { readonly sha256: string }>(Object.entries(files)).get(file)
    if (entry === undefined) throw new SoftPromptError('not_found', `Cannot find ${key}: its package has no such file.`)
    return entry.sha256
  }
}
