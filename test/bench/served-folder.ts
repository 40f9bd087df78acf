import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { folderBucket } from '../../trainer/publish/bucket/folder-bucket.ts'
import { startServing } from '../fixtures/serving-command.ts'
import type { Bucket } from '../fixtures/upload.ts'
import { uploadModelFolder } from '../fixtures/upload-model-folder.ts'
import type { LocalWorker } from './wrangler-worker.ts'

/** What `use` makes of `softprompt serve`, from a folder with a model in it, that runs as long as it does. */
export async function withServedFolder<Value>(
  use: (served: Pick<LocalWorker, 'url' | 'bucket' | 'model' | 'card'>) => Promise<Value>,
  { model: directory = 'models/default', env = {} }: { model?: string; env?: Record<string, string> } = {},
): Promise<Value> {
  const folder = await mkdtemp(join(tmpdir(), 'softprompt-served-'))
  try {
    const bucket = (await folderBucket(folder, new AbortController().signal)) as Bucket
    const { model, card } = await uploadModelFolder(bucket, directory)
    const served = await startServing(['--store', folder], { POINTER_TTL_MS: '0', ...env })
    try {
      return await use({ url: new URL(served.url), bucket, model, card })
    } finally {
      served.child.kill('SIGTERM')
      await once(served.child, 'exit')
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
