import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { Miniflare } from 'miniflare'
import { unstable_getMiniflareWorkerOptions as workerOptions } from 'wrangler'
import { parseCard } from '../../shared/formats/card.ts'
import { ModelCard } from '../../shared/formats/model-card.ts'
import { modelFiles } from '../../shared/formats/storage-keys.ts'
import { type Bucket, type ModelFiles, uploadModel } from '../fixtures/upload.ts'

const require = createRequire(import.meta.url)

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

/**
 * What `use` makes of a Worker that runs as long as it does. Run from the root of the checkout. The Worker's own socket is
 * used, without the proxy that `wrangler dev` puts before it.
 */
export async function withWorker<Value>(use: (worker: LocalWorker) => Promise<Value>): Promise<Value> {
  const outdir = await mkdtemp(join(tmpdir(), 'softprompt-bench-'))
  const wrangler = join(dirname(require.resolve('wrangler/package.json')), 'bin/wrangler.js')
  await promisify(execFile)(process.execPath, [wrangler, 'deploy', 'test/bench/worker.ts', '--dry-run', '--outdir', outdir])
  const { workerOptions: fromConfig } = workerOptions('wrangler.toml')
  const miniflare = new Miniflare({
    ...fromConfig,
    bindings: { ...fromConfig.bindings, API_KEYS: '' }, // whatever .dev.vars says
    modulesRoot: outdir,
    modules: [
      { type: 'ESModule', path: join(outdir, 'worker.js') },
      ...(await readdir(outdir))
        .filter((file) => file.endsWith('.wasm'))
        .map((file) => ({ type: 'CompiledWasm', path: join(outdir, file) })),
    ],
    unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
    inspectorPort: 0,
  } as ConstructorParameters<typeof Miniflare>[0])
  try {
    await miniflare.ready
    const bucket = await miniflare.getR2Bucket('BUCKET')
    const files = Object.fromEntries(
      await Promise.all(modelFiles.map(async (file) => [file, new Uint8Array(await readFile(`models/default/${file}`))])),
    ) as ModelFiles
    const model = await uploadModel(bucket as Bucket, files)
    return await use({
      url: await miniflare.unsafeGetDirectURL(),
      inspector: await miniflare.getInspectorURL(),
      bucket: bucket as Bucket,
      model,
      card: parseCard(ModelCard, new TextDecoder().decode(files['model.json']), 'models/default', 'invalid_model'),
      ran: {
        workerd: await version('workerd'),
        onnxruntimeWeb: await version('onnxruntime-web'),
        settings: fromConfig.bindings,
      },
    })
  } finally {
    await miniflare.dispose()
    await rm(outdir, { recursive: true })
  }
}

async function version(name: string): Promise<string> {
  return JSON.parse(await readFile(`node_modules/${name}/package.json`, 'utf8')).version
}
