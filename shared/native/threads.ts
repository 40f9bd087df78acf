import { Worker } from 'node:worker_threads'
import type { Session } from '../engine/session.ts'
import type { Tensors } from '../tensor.ts'
import { nativeOptions } from './options.ts'
import { threadScript } from './thread.ts'

/**
 * Threads with ONNX Runtime's native build. Each holds every session that was opened, so that runs go side by side and hold up no event
 * loop. They keep the process alive only while something runs.
 */
export class NativeThreads {
  readonly #threads: RunnerThread[]
  readonly #cores: number
  #next = 0

  /** `count` threads that share so many `cores`. */
  constructor(count: number, cores: number) {
    this.#threads = Array.from({ length: count }, () => new RunnerThread())
    this.#cores = cores
  }

  /** A session of the graph, whose external data lie in `folder`. Throws where ONNX Runtime refuses it. */
  async open(graph: Uint8Array, folder?: string): Promise<Session> {
    const session = this.#next++
    const openings = this.#threads.map((thread, i) =>
      thread.ask<string[]>('open', { session, graph, options: nativeOptions(this.#coresOf(i), folder) }),
    )
    const runs = new Set<Promise<unknown>>()
    const release = async () => {
      await Promise.allSettled([...openings, ...runs]) // what runs ends first
      await Promise.allSettled(this.#threads.map((thread) => thread.ask('release', { session })))
    }
    try {
      const [inputs] = await Promise.all(openings)
      const ended = () => this.ended
      return {
        ...{ inputs: inputs as string[], sideBySide: this.#threads.length, release },
        run: (feeds, wanted) => {
          const run = this.#free().ask<Tensors>('run', { session, feeds, wanted: [...wanted] }, buffersOf(feeds))
          runs.add(run)
          const forget = () => void runs.delete(run)
          run.then(forget, forget)
          return run
        },
        get ended() {
          return ended()
        },
      }
    } catch (error) {
      await release()
      throw error
    }
  }

  /** Whether each of them runs what it is asked for. */
  get whole(): boolean {
    return !this.#threads.some((thread) => thread.ended)
  }

  /** Whether none of them runs anything any more. */
  get ended(): boolean {
    return this.#threads.every((thread) => thread.ended)
  }

  /** Ends them once what they were asked for has ended. */
  async end(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.end()))
  }

  /** Of all cores as many as the others have, or one more. */
  #coresOf(i: number): number {
    const before = (n: number) => Math.floor((n * this.#cores) / this.#threads.length)
    return Math.max(1, before(i + 1) - before(i))
  }

  #free(): RunnerThread {
    const alive = this.#threads.filter((thread) => !thread.ended)
    return (alive.length > 0 ? alive : this.#threads).reduce((least, thread) => (thread.pending < least.pending ? thread : least))
  }
}

/** What is handed over, and not copied: with a prefix a row it is megabytes. */
function buffersOf(feeds: Tensors): ArrayBuffer[] {
  return [...new Set(Object.values(feeds).map(({ data }) => data.buffer as ArrayBuffer))]
}

interface Waiting {
  resolve(value: never): void
  reject(error: Error): void
}

class RunnerThread {
  readonly #worker = new Worker(threadScript, { eval: true, workerData: { origin: import.meta.url } })
  readonly #waiting = new Map<number, Waiting>()
  #next = 0
  #failed: Error | null = null

  constructor() {
    this.#worker.unref()
    this.#worker.on('message', ({ id, value, error }) => {
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (this.#waiting.size === 0) this.#worker.unref()
      if (error === undefined) waiting?.resolve(value as never)
      else waiting?.reject(new Error(error))
    })
    const fail = (error: Error) => {
      this.#failed = error
      for (const waiting of this.#waiting.values()) waiting.reject(error)
      this.#waiting.clear()
    }
    this.#worker.on('error', fail)
    this.#worker.on('messageerror', fail)
    this.#worker.on('exit', (code) => fail(new Error(`the thread of a model ended with code ${code}`)))
  }

  /** What it was asked for and has not answered. */
  get pending(): number {
    return this.#waiting.size
  }

  get ended(): boolean {
    return this.#failed !== null
  }

  ask<Value>(operation: string, args: object, handedOver: ArrayBuffer[] = []): Promise<Value> {
    if (this.#failed !== null) return Promise.reject(this.#failed)
    const id = this.#next++
    this.#worker.ref()
    return new Promise<Value>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#worker.postMessage({ id, operation, args }, handedOver)
    })
  }

  async end(): Promise<void> {
    while (this.#waiting.size > 0 && this.#failed === null) await new Promise((resolve) => setTimeout(resolve, 5))
    await this.#worker.terminate()
  }
}
