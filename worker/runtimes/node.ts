import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { nativeOptions } from '../../shared/engine/native-options.ts'
import type { Session } from '../../shared/engine/session.ts'
import { SoftPromptError } from '../../shared/error.ts'
import type { Tensors } from '../../shared/tensor.ts'
import { threadScript } from './node-thread.ts'

/** Models up to so many bytes have a session a core: each repacks the weights for its kernels, which is one more copy. */
const maxCopied = 2 ** 29

/** How many sessions a model of so many bytes has on `cores`: one a core, since sessions side by side wait for nobody, or one on all of them. */
export function sessionsFor(bytes: number, cores: number): number {
  return bytes <= maxCopied ? cores : 1
}

/**
 * A session of the graph in `graph`, whose external data are in `weights`, on `cores` of this machine: several threads with a session each,
 * so that runs go side by side and nothing of it holds up the event loop. Throws where ONNX Runtime refuses the graph, and `storage` where the
 * temporary folder does not take the weights.
 */
export async function openThreadedSession(graph: Uint8Array, weights: Uint8Array, cores: number): Promise<Session> {
  // from a file the sessions map the weights into memory, and share what they don't repack
  const folder = await mkdtemp(join(tmpdir(), 'softprompt-serve-')).catch(notWritten)
  const count = sessionsFor(weights.length, cores)
  const threads: RunnerThread[] = []
  const close = async () => {
    await Promise.all(threads.map((thread) => thread.end()))
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await writeFile(join(folder, 'model.onnx.data'), weights).catch(notWritten)
    for (let n = 0; n < count; n++) threads.push(new RunnerThread(graph, folder, Math.max(1, Math.floor(cores / count))))
    const [inputs] = await Promise.all(threads.map((thread) => thread.inputs))
    // what is mapped stays until it is closed, or the process killed; Windows removes no file before
    await rm(folder, { recursive: true, force: true }).catch(() => undefined)
    return {
      inputs: inputs as string[],
      run(feeds, wanted) {
        const alive = threads.filter((thread) => !thread.ended)
        const free = (alive.length > 0 ? alive : threads).reduce((least, thread) => (thread.pending < least.pending ? thread : least))
        return free.run(feeds, wanted)
      },
      release: close,
      get ended() {
        return threads.every((thread) => thread.ended)
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

function notWritten(cause: Error): never {
  const why = `Cannot write a model's weights to the temporary folder: ${cause.message}. Make room in it, or name another one by TMPDIR.`
  throw new SoftPromptError('storage', why, { cause })
}

/** What is handed over, and not copied: with a prefix a row it is megabytes. */
function buffersOf(feeds: Tensors): ArrayBuffer[] {
  return [...new Set(Object.values(feeds).map(({ data }) => data.buffer as ArrayBuffer))]
}

/** A thread with a session. */
class RunnerThread {
  readonly inputs: Promise<string[]>
  readonly #worker: Worker
  readonly #waiting = new Map<number, { resolve(outputs: Tensors): void; reject(error: Error): void }>()
  #next = 0
  #failed: Error | null = null

  constructor(graph: Uint8Array, folder: string, threads: number) {
    this.#worker = new Worker(threadScript, {
      eval: true,
      workerData: { origin: import.meta.url, graph, options: nativeOptions(threads, folder) },
    })
    this.inputs = new Promise((resolve, reject) => {
      this.#worker.on('message', ({ id, inputs, outputs, error }) => {
        if (id === undefined) return inputs === undefined ? reject(new Error(error)) : resolve(inputs)
        const waiting = this.#waiting.get(id)
        this.#waiting.delete(id)
        if (error === undefined) waiting?.resolve(outputs)
        else waiting?.reject(new Error(error))
      })
      const fail = (error: Error) => {
        this.#failed = error
        reject(error)
        for (const waiting of this.#waiting.values()) waiting.reject(error)
        this.#waiting.clear()
      }
      this.#worker.on('error', fail)
      this.#worker.on('exit', (code) => fail(new Error(`the thread of a model ended with code ${code}`)))
    })
    this.inputs.catch(() => undefined) // whoever opens the session awaits it
  }

  /** Runs that have not ended. */
  get pending(): number {
    return this.#waiting.size
  }

  get ended(): boolean {
    return this.#failed !== null
  }

  run(feeds: Tensors, wanted: readonly string[]): Promise<Tensors> {
    if (this.#failed !== null) return Promise.reject(this.#failed)
    const id = this.#next++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#worker.postMessage({ id, feeds, wanted: [...wanted] }, buffersOf(feeds))
    })
  }

  /** Ends once what runs has ended. */
  async end(): Promise<void> {
    await Promise.allSettled([this.inputs, this.#idle()])
    await this.#worker.terminate()
  }

  async #idle(): Promise<void> {
    while (this.#waiting.size > 0 && this.#failed === null) await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
