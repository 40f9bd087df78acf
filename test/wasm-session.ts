import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as ort from 'onnxruntime-web/wasm'
import type { Tensor } from '../shared/tensor.ts'
import type { Session, SessionOptions } from '../trainer/runtime.ts'

ort.env.wasm.numThreads = 1

/** A session in WebAssembly, whose numbers are the same bit for bit on every machine; the trainer's own depend on the processor. */
export async function loadWasmSession(graph: string | Uint8Array, { directory }: SessionOptions = {}): Promise<Session> {
  const bytes = typeof graph === 'string' ? readFileSync(graph) : graph
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: ['wasm'],
    ...(directory === undefined
      ? {}
      : { externalData: [{ path: 'model.onnx.data', data: readFileSync(join(directory, 'model.onnx.data')) }] }),
  })
  return {
    async run(feeds, outputs = session.outputNames) {
      const inputs = session.inputNames.map((name) => {
        const { type, data, dims } = feeds[name]!
        return [name, new ort.Tensor(type, data, dims)] as const
      })
      const results = await session.run(Object.fromEntries(inputs), [...outputs])
      return Object.fromEntries(
        outputs.map((name) => {
          const { type, dims, data } = results[name]!
          return [name, { type, dims, data } as Tensor]
        }),
      )
    },
    release: () => session.release(),
  }
}
