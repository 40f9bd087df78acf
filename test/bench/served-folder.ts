import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseCard } from '../../shared/formats/card.ts'
import { ModelCard } from '../../shared/formats/model-card.ts'
import { modelFiles } from '../../shared/formats/storage-keys.ts'
import { folderBucket } from '../../trainer/publish/bucket/folder-bucket.ts'
import { root } from '../fixtures/root.ts'
import { startServing } from '../fixtures/serving-command.ts'
import { type Bucket, type ModelFiles, uploadModel } from '../fixtures/upload.ts'
import type { LocalWorker } from './wrangler-worker.ts'

/** What `use` makes of `softprompt serve`, from a folder with a model in it, that runs as long as it does. */
export async function withServedFolder<Value>(
  use: (served: Pick<LocalWorker, 'url' | 'bucket' | 'model' | 'card'>) => Promise<Value>,
  { model: directory = join(root, 'models/default'), env = {} }: { model?: string; env?: Record<string, string> } = {},
): Promise<Value> {
  const folder = await mkdtemp(join(tmpdir(), 'softprompt-served-'))
  try {
    const bucket = (await folderBucket(folder, new AbortController().signal)) as Bucket
    const files = Object.fromEntries(
      await Promise.all(modelFiles.map(async (file) => [file, new Uint8Array(await readFile(join(directory, file)))])),
    ) as ModelFiles
    const model = await uploadModel(bucket, files)
    const card = parseCard(ModelCard, new TextDecoder().decode(files['model.json']), directory, 'invalid_model')
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
