import { availableParallelism } from 'node:os'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { nativeOptions } from '../shared/engine/native-options.ts'
import type { Session } from '../shared/engine/session.ts'
import { excerpt, SoftPromptError } from '../shared/error.ts'
import type { Tensor, Tensors } from '../shared/tensor.ts'

export interface SessionOptions {
  readonly threads?: number
  /** The folder that holds the external data of a graph given as bytes. */
  readonly directory?: string
}

/** A door to ONNX Runtime: the trainer's own below, or another. */
export type OpenSession = (graph: Uint8Array, options: SessionOptions) => Promise<Session>

/** Loads a graph into ONNX Runtime's native build. Throws where it cannot be loaded. */
export const openNodeSession: OpenSession = async (graph, { threads = availableParallelism(), directory }) => {
  let session: InferenceSession
  try {
    session = await InferenceSession.create(graph, nativeOptions(threads, directory))
  } catch (cause) {
    throw new SoftPromptError('invalid_model', `Cannot load the graph into ONNX Runtime: ${excerpt((cause as Error).message, 400)}`, {
      cause,
    })
  }
  return {
    inputs: session.inputNames,
    async run(feeds, wanted) {
      const results = await session.run(toOrt(feeds, session.inputNames), [...wanted])
      return Object.fromEntries(wanted.map((name) => [name, fromOrt(results[name] as OrtTensor, name)]))
    },
    release: () => session.release(),
  }
}

function toOrt(feeds: Tensors, names: readonly string[]): Record<string, OrtTensor> {
  return Object.fromEntries(
    names.map((name) => {
      const feed = feeds[name]
      if (feed === undefined) throw new Error(`the graph's input ${name} is not fed`)
      return [name, new OrtTensor(feed.type, feed.data as never, feed.dims)]
    }),
  )
}

function fromOrt(tensor: OrtTensor, name: string): Tensor {
  const { type, dims, data } = tensor
  if (type === 'float32') return { type, dims, data: data as Float32Array }
  if (type === 'int64') return { type, dims, data: data as BigInt64Array }
  throw new Error(`the graph's output ${name} has type ${type}`)
}
