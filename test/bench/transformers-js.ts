import { execFile } from 'node:child_process'
import { cp, readdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import { root } from '../fixtures/root.ts'

const installed = join(root, 'node_modules/.cache/transformers-js')

/** What is used of it in the page. */
interface TransformersJs {
  readonly env: {
    allowRemoteModels: boolean
    allowLocalModels: boolean
    localModelPath: string
    readonly backends: { readonly onnx: { readonly wasm: { wasmPaths: string; numThreads: number } } }
  }
  pipeline(task: string, model: string, options: object): Promise<(text: string | string[], options: object) => Promise<unknown>>
}

/** Puts transformers.js, installed into node_modules/.cache, and the model in `model` (which test/bench/browser/export_onnx.py made) into a site's folder. */
export async function addTransformersJs(folder: string, model: string): Promise<void> {
  const npm = ['install', '--prefix', installed, '--ignore-scripts', '--no-audit', '--no-fund', '@huggingface/transformers@^4.3.1']
  await promisify(execFile)('npm', npm, { cwd: root })
  const require = createRequire(join(installed, 'node_modules/@huggingface/transformers/package.json'))
  await cp(
    join(installed, 'node_modules/@huggingface/transformers/dist/transformers.min.js'),
    join(folder, 'transformers/transformers.min.js'),
  )
  const runtime = join(require.resolve('onnxruntime-web'), '..')
  for (const file of (await readdir(runtime)).filter((name) => /^ort-wasm-simd-threaded\.(asyncify\.)?(mjs|wasm)$/.test(name)))
    await cp(join(runtime, file), join(folder, 'transformers', file))
  await cp(model, join(folder, 'models/model'), { recursive: true })
}

/** Leaves in a page of that site a function `answer` that runs the model on texts. */
export async function loadTransformersJs(page: Page, threads: number): Promise<void> {
  await page.evaluate(
    async ({ threads, address, wasmPaths }) => {
      const { env, pipeline }: TransformersJs = await import(address)
      Object.assign(env, { allowRemoteModels: false, allowLocalModels: true, localModelPath: '/models/' })
      Object.assign(env.backends.onnx.wasm, { wasmPaths, numThreads: threads })
      const extract = await pipeline('feature-extraction', 'model', { dtype: 'q8', device: 'wasm' })
      globalThis.answer = (texts) => extract(texts, { pooling: 'mean' })
    },
    { threads, address: '/transformers/transformers.min.js', wasmPaths: new URL('/transformers/', page.url()).href },
  )
}
