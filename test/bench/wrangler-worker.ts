import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseCard } from '../../shared/formats/card.ts'
import { ModelCard } from '../../shared/formats/model-card.ts'
import { modelFiles } from '../../shared/formats/storage-keys.ts'
import { startWorker } from '../fixtures/direct-worker.ts'
import { root } from '../fixtures/root.ts'
import { type Bucket, type ModelFiles, uploadModel } from '../fixtures/upload.ts'

/** The Worker running in workerd, and its bucket with a model in it. */
export interface LocalWorker {
  readonly url: URL
  readonly inspector: URL
  readonly bucket: Bucket
  readonly model: string
  readonly card: ModelCard
  /** What ran, for the record. */
  readonly ran: Readonly<Record<string, unknown>>
}

interface WorkerChoice {
  /** The Worker's entry: by default the one with the routes of test/bench/worker.ts beside its own. */
  readonly script?: string
  /** A model package. */
  readonly model?: string
  /** In place of the [vars] of wrangler.toml. */
  readonly vars?: Readonly<Record<string, string | number>>
}

/** What `use` makes of a Worker that runs as long as it does. */
export async function withWorker<Value>(
  use: (worker: LocalWorker) => Promise<Value>,
  { script = 'test/bench/worker.ts', model: directory = 'models/default', vars = {} }: WorkerChoice = {},
): Promise<Value> {
  const worker = await startWorker(script, vars)
  try {
    const bucket = (await worker.miniflare.getR2Bucket('BUCKET')) as Bucket
    const files = await readModelFiles(directory)
    return await use({
      url: worker.url,
      inspector: await worker.miniflare.getInspectorURL(),
      bucket,
      model: await uploadModel(bucket, files),
      card: parseCard(ModelCard, new TextDecoder().decode(files['model.json']), directory, 'invalid_model'),
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

/** A model package, as it is uploaded. `directory` is taken from the project's folder. */
export async function readModelFiles(directory: string): Promise<ModelFiles> {
  const read = async (file: string) => [file, new Uint8Array(await readFile(resolve(root, directory, file)))]
  return Object.fromEntries(await Promise.all(modelFiles.map(read))) as ModelFiles
}

async function version(name: string): Promise<string> {
  return JSON.parse(await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8')).version
}
