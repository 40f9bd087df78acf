import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { Session } from '../shared/engine/session.ts'
import { excerpt, SoftPromptError } from '../shared/error.ts'
import type { Tensors } from '../shared/tensor.ts'

/** A session in WebAssembly, in a thread and so in a memory of its own. It is asked for one thing at a time. */
export interface WasmSession extends Session {
  /** Bytes of its memory, which grows and never shrinks: the weights, and the most that a run took. */
  memoryBytes(): Promise<number>
}

/** With the settings of the Worker: one thread, one copy of each weight. */
const thread = `
const { parentPort, workerData } = require('node:worker_threads')
const { readFileSync } = require('node:fs')
let memory
const Memory = WebAssembly.Memory
WebAssembly.Memory = class extends Memory {
  constructor(options) {
    super(options)
    memory = this
  }
}
const session = (async () => {
  const ort = await import(workerData.runtime)
  ort.env.wasm.numThreads = 1
  const created = await ort.InferenceSession.create(workerData.graph, {
    executionProviders: ['wasm'],
    externalData: [{ path: 'model.onnx.data', data: readFileSync(workerData.weights) }],
    enableCpuMemArena: false,
    enableMemPattern: false,
    logSeverityLevel: 3,
    extra: { session: { disable_prepacking: '1' } },
  })
  return { ort, created }
})()
const operations = {
  inputs: async () => (await session).created.inputNames,
  memoryBytes: () => memory.buffer.byteLength,
  async run([feeds, wanted]) {
    const { ort, created } = await session
    const inputs = Object.entries(feeds).map(([name, { type, data, dims }]) => [name, new ort.Tensor(type, data, dims)])
    const outputs = await created.run(Object.fromEntries(inputs), wanted)
    return Object.fromEntries(wanted.map((name) => [name, { type: outputs[name].type, dims: outputs[name].dims, data: outputs[name].data }]))
  },
}
parentPort.on('message', async ({ operation, args }) => {
  try {
    parentPort.postMessage({ value: await operations[operation](args) })
  } catch (error) {
    parentPort.postMessage({ error: String(error.message ?? error) })
  }
})
`

const runtime = join(dirname(createRequire(import.meta.url).resolve('onnxruntime-web/wasm')), 'ort.wasm.bundle.min.mjs')

/** Loads a graph, whose weights lie in `directory`, into ONNX Runtime's WebAssembly build. Throws where it cannot be loaded. */
export async function openWasmSession(graph: Uint8Array, { directory }: { readonly directory: string }): Promise<WasmSession> {
  const workerData = { runtime: pathToFileURL(runtime).href, graph, weights: join(directory, 'model.onnx.data') }
  const worker = new Worker(thread, { eval: true, workerData })
  const ask = <Value>(operation: string, args: readonly unknown[] = []) =>
    new Promise<Value>((resolve, reject) => {
      worker.once('message', ({ value, error }) => {
        worker.removeListener('error', reject)
        if (error === undefined) resolve(value)
        else reject(new Error(error))
      })
      worker.once('error', reject)
      worker.postMessage({ operation, args })
    })
  try {
    const inputs = await ask<string[]>('inputs')
    return {
      inputs,
      run: (feeds, wanted) => ask<Tensors>('run', [feeds, wanted]),
      memoryBytes: () => ask('memoryBytes'),
      release: async () => void (await worker.terminate()),
    }
  } catch (cause) {
    await worker.terminate()
    throw new SoftPromptError('invalid_model', `Cannot load the graph into WebAssembly: ${excerpt((cause as Error).message, 400)}`, {
      cause,
    })
  }
}
