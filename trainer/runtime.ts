import { availableParallelism } from 'node:os'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
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

/**
 * What ONNX Runtime 1.30 fuses to something slower: a sum and its LayerNormalization took 1.3 ms together and 0.4 apart, a bias and its GELU
 * 1.6 and 1.2 (1,024 tokens of 384 numbers, two threads).
 */
const slowFusions = ['SkipLayerNormFusion', 'BiasGeluFusion']

/** Loads a graph into ONNX Runtime's native build. Throws where it cannot be loaded. */
export const openNodeSession: OpenSession = async (graph, { threads = availableParallelism(), directory }) => {
  const settings = {
    // a thread that spins while it waits makes a step some 7 % faster where nothing else runs, and half as fast where something does
    'session.intra_op.allow_spinning': '0',
    'optimization.disable_specified_optimizers': slowFusions.join(';'),
    ...(directory === undefined ? {} : { 'session.model_external_initializers_file_folder_path': directory }),
  }
  let session: InferenceSession
  try {
    session = await InferenceSession.create(graph, {
      intraOpNumThreads: threads,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      extra: settings,
    })
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
