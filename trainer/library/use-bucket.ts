import { openStore } from '../publish/bucket/open-store.ts'
import type { OpenBucket } from '../publish/bucket/wrangler.ts'
import type { BucketPlace } from './bucket-place.ts'

/** Opens a bucket for as long as `action` takes. Once `signal` is aborted, all that is asked of it throws `interrupted`. */
export async function useBucket<Value>(
  { store, remote, config, persistTo, env }: BucketPlace,
  signal: AbortSignal,
  action: (open: OpenBucket) => Promise<Value>,
): Promise<Value> {
  const open =
    store !== undefined
      ? await openStore(store, signal)
      : await (await import('../publish/bucket/wrangler.ts')).openBucket({ remote: remote === true, config, persistTo, env }, signal)
  try {
    return await action(open)
  } finally {
    await open.close()
  }
}
