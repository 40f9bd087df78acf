import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelCard } from '../../shared/formats/model-card.ts'
import { startWorker } from '../fixtures/direct-worker.ts'
import { root } from '../fixtures/root.ts'
import type { Bucket } from '../fixtures/upload.ts'
import { uploadModelFolder } from '../fixtures/upload-model-folder.ts'

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
    return await use({
      url: worker.url,
      inspector: await worker.miniflare.getInspectorURL(),
      bucket,
      ...(await uploadModelFolder(bucket, directory)),
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
  return JSON.parse(await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8')).version
}
