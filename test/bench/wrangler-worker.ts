import { readFile } from 'node:fs/promises'
import { parseCard } from '../../shared/formats/card.ts'
import { ModelCard } from '../../shared/formats/model-card.ts'
import { modelFiles } from '../../shared/formats/storage-keys.ts'
import { startWorker } from '../fixtures/direct-worker.ts'
import { type Bucket, type ModelFiles, uploadModel } from '../fixtures/upload.ts'

/** The Worker with the routes of test/bench/worker.ts beside its own, running in workerd, and its bucket with the default model in it. */
export interface LocalWorker {
  readonly url: URL
  readonly inspector: URL
  readonly bucket: Bucket
  readonly model: string
  readonly card: ModelCard
  /** What ran, for the record. */
  readonly ran: Readonly<Record<string, unknown>>
}

/** What `use` makes of a Worker that runs as long as it does. Run from the root of the checkout. */
export async function withWorker<Value>(use: (worker: LocalWorker) => Promise<Value>): Promise<Value> {
  const worker = await startWorker('test/bench/worker.ts')
  try {
    const bucket = (await worker.miniflare.getR2Bucket('BUCKET')) as Bucket
    const files = Object.fromEntries(
      await Promise.all(modelFiles.map(async (file) => [file, new Uint8Array(await readFile(`models/default/${file}`))])),
    ) as ModelFiles
    return await use({
      url: worker.url,
      inspector: await worker.miniflare.getInspectorURL(),
      bucket,
      model: await uploadModel(bucket, files),
      card: parseCard(ModelCard, new TextDecoder().decode(files['model.json']), 'models/default', 'invalid_model'),
      ran: {
        workerd: await version('workerd'),
        onnxruntimeWeb: await version('onnxruntime-web'),
        settings: worker.settings,
      },
    })
  } finally {
    await worker.dispose()
  }
}

async function version(name: string): Promise<string> {
  return JSON.parse(await readFile(`node_modules/${name}/package.json`, 'utf8')).version
}
