import { SoftPromptError } from '../../../shared/error.ts'
import { folderBucket } from './folder-bucket.ts'
import { s3Bucket } from './s3-bucket.ts'
import { storeScheme } from './store-scheme.ts'
import type { OpenBucket } from './wrangler.ts'

/** Opens what `store` names: `s3://bucket/prefix`, or a folder. Throws `usage` where that is neither. */
export async function openStore(store: string, signal: AbortSignal): Promise<OpenBucket> {
  const close = async () => undefined
  const scheme = storeScheme(store)
  if (scheme === null) return { bucket: await folderBucket(store, signal), where: `folder ${store}`, close }
  if (scheme === 's3') return { bucket: s3Bucket(store.replace(/^s3/i, 's3'), signal), where: store, close }
  throw unknown(store)
}

function unknown(store: string): SoftPromptError {
  return new SoftPromptError('usage', `Cannot open store ${store || '""'}: name a folder, or s3://bucket/prefix.`)
}
