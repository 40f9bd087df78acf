import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll } from 'vitest'
import type { Bucket } from '../../trainer/storage/bucket.ts'
import { type OpenBucket, openBucket } from '../../trainer/storage/wrangler.ts'

export const configPath = fileURLToPath(new URL('../../wrangler.toml', import.meta.url))

/** A temporary folder and wrangler's local R2 in it, for the tests of the file (or the `describe`) that calls this. */
export function useLocalBucket() {
  let folder: string
  let open: OpenBucket
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'softprompt-test-'))
    open = await openBucket({ remote: false, config: configPath, persistTo: join(folder, 'state') })
  })
  afterAll(async () => {
    await open?.close()
    await rm(folder, { recursive: true, force: true })
  })
  return {
    get bucket(): Bucket {
      return open.bucket
    },
    /** The temporary folder; the bucket is under `state`. */
    get folder(): string {
      return folder
    },
    /** Every key with its etag and time: equal before and after where nothing was written. */
    async contents(): Promise<Record<string, string>> {
      const { objects } = await open.bucket.list()
      return Object.fromEntries(objects.map(({ key, etag, uploaded }) => [key, `${etag} ${uploaded.toISOString()}`]))
    },
    async remove(keys: string[]): Promise<void> {
      await open.bucket.delete(keys)
    },
    async empty(): Promise<void> {
      const { objects } = await open.bucket.list()
      if (objects.length > 0) await open.bucket.delete(objects.map(({ key }) => key))
    },
  }
}
