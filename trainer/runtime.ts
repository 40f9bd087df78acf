import { availableParallelism } from 'node:os'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import { SoftPromptError } from '../shared/error.ts'
import type { Tensor, Tensors } from '../shared/tensor.ts'

/** A graph loaded into ONNX Runtime. */
export interface Session {
  /** Runs the graph and returns the outputs named, or all. */
  run(feeds: Tensors, outputs?: readonly string[]): Promise<Tensors>
  release(): Promise<void>
}

export interface SessionOptions {
  readonly threads?: number
  /** The folder that holds the external data of a graph given as bytes. */
  readonly directory?: string
}

/** Loads a graph from its file, or from its bytes. Throws where ONNX Runtime cannot load it. */
export async function loadSession(
  graph: string | Uint8Array,
  { threads = availableParallelism(), directory }: SessionOptions = {},
): Promise<Session> {
  // several sessions take turns in a training step: a waiting one must not spin on the cores of the next
  const settings = {
    intra_op: { allow_spinning: '0' },
    ...(directory === undefined ? {} : { model_external_initializers_file_folder_path: directory }),
  }
  let session: InferenceSession
  try {
    const options = {
      intraOpNumThreads: threads,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      extra: { session: settings },
    } as const
    // two calls of one function: its declarations take a path or bytes, and not what may be either
    session = typeof graph === 'string' ? await InferenceSession.create(graph, options) : await InferenceSession.create(graph, options)
  } catch (cause) {
    const what = typeof graph === 'string' ? graph : 'the graph'
    throw new SoftPromptError('invalid_model', `Cannot load ${what} into ONNX Runtime: ${(cause as Error).message}`, { cause })
  }
  return {
    async run(feeds, outputs = session.outputNames) {
      const results = await session.run(toOrt(feeds, session.inputNames), [...outputs])
      return Object.fromEntries(outputs.map((name) => [name, fromOrt(results[name] as OrtTensor, name)]))
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
