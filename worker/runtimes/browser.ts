import type * as Ort from 'onnxruntime-web'
import type { Session } from '../../shared/engine/session.ts'
import { inTurn, webSession } from './web-session.ts'

/** The files of a build of ONNX Runtime. */
export interface RuntimeBuild {
  /** Where its module is. */
  readonly module: string
  /** Where the module is that instantiates the binary, in its threads too. */
  readonly glue: string
  readonly binary: ArrayBuffer
}

export interface BrowserRuntime {
  /** A session of the graph in `graph`, whose external data are in `weights`, which what it returns doesn't keep alive. */
  open(graph: Uint8Array, weights: Uint8Array): Promise<Session>
}

/** A build of ONNX Runtime, loaded: on WebGPU, or on so many threads of WebAssembly. */
export async function loadRuntime(build: RuntimeBuild, device: 'webgpu' | 'wasm', threads: number): Promise<BrowserRuntime> {
  const ort: typeof Ort = await import(/* @vite-ignore */ /* webpackIgnore: true */ build.module)
  ort.env.wasm.numThreads = threads
  ort.env.wasm.proxy = false // this is a Web Worker already
  ort.env.wasm.wasmPaths = { mjs: build.glue }
  ort.env.wasm.wasmBinary = build.binary
  ort.env.logLevel = 'error'
  const open = (graph: Uint8Array, weights: Uint8Array) =>
    ort.InferenceSession.create(graph, {
      executionProviders: [device],
      externalData: [{ path: 'model.onnx.data', data: weights }],
    })
  const minPast = device === 'webgpu' ? 1 : 0 // it takes no tensor without numbers
  return { open: async (graph, weights) => ({ ...webSession(await inTurn(() => open(graph, weights)), ort.Tensor), minPast }) }
}
