import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import type { Session } from '../shared/engine/session.ts'
import { excerpt, SoftPromptError } from '../shared/error.ts'
import { nativeOptions } from '../shared/native/options.ts'
import { NativeThreads } from '../shared/native/threads.ts'
import type { Tensor, Tensors } from '../shared/tensor.ts'

export interface SessionOptions {
  readonly threads?: number
  /** The folder that holds the external data of a graph given as bytes. */
  readonly directory?: string
}

/** A door to ONNX Runtime: the trainer's own below, or another. */
export type OpenSession = (graph: Uint8Array, options: SessionOptions) => Promise<Session>

/** Loads a graph into ONNX Runtime's native build, in this very thread. Throws where it cannot be loaded. */
export const openNodeSession: OpenSession = async (graph, { threads = availableParallelism(), directory }) => {
  const session = await InferenceSession.create(graph, nativeOptions(threads, directory)).catch(notLoaded)
  return {
    inputs: session.inputNames,
    async run(feeds, wanted) {
      const results = await session.run(toOrt(feeds, session.inputNames), [...wanted])
      return Object.fromEntries(wanted.map((name) => [name, fromOrt(results[name] as OrtTensor, name)]))
    },
    release: () => session.release(),
  }
}

/** More side by side gain little: a step's rows are then few a session. */
const maxSideBySide = 4
/** Bytes that the sessions side by side may have of a graph's weights: each repacks them for its kernels, which is one more copy. */
const maxCopied = 2 ** 29

/** The threads of this process that sessions share, by how many they are and on how many cores: what runs has its cores to itself. */
const shared = new Map<string, NativeThreads>()

/**
 * Loads a graph into ONNX Runtime's native build on threads beside this one, where there are several: runs on one thread each, side by
 * side, end sooner than one after another on all of them. Numbers are the same either way. Throws where it cannot be loaded.
 */
export const openSideBySide: OpenSession = async (graph, { threads = availableParallelism(), directory }) => {
  const count = Math.min(maxSideBySide, threads, Math.floor(maxCopied / Math.max(1, externalBytes(directory))))
  if (count <= 1) return openNodeSession(graph, { threads, ...(directory === undefined ? {} : { directory }) })
  const key = `${count} on ${threads}`
  const known = shared.get(key)
  const runners = known === undefined || !known.whole ? new NativeThreads(count, threads) : known
  shared.set(key, runners)
  return runners.open(graph, directory).catch(notLoaded)
}

function externalBytes(directory: string | undefined): number {
  return directory === undefined ? 0 : (statSync(join(directory, 'model.onnx.data'), { throwIfNoEntry: false })?.size ?? 0)
}

function notLoaded(cause: Error): never {
  throw new SoftPromptError('invalid_model', `Cannot load the graph into ONNX Runtime: ${excerpt(cause.message, 400)}`, { cause })
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
