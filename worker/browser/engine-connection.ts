import { SoftPromptError } from '../../shared/error.ts'
import { unlessAborted } from '../../shared/unless-aborted.ts'
import { unwrap } from '../reply.ts'
import type { LoadProgress } from './api.ts'
import type { CallName, EngineCalls, FromEngine } from './messages.ts'

interface Waiting {
  readonly resolve: (message: Exclude<FromEngine, { progress: unknown }>) => void
  readonly reject: (error: unknown) => void
  readonly onProgress: ((progress: LoadProgress) => void) | undefined
}

interface CallOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined
}

/** The page's end of an engine that runs in a Web Worker. */
export class Engine {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #calls = 0
  /** Why it ended. */
  #ended: SoftPromptError | null = null

  /** engine.js is loaded from the folder `runtime`, or from that of this module. */
  constructor(runtime: string | URL | undefined) {
    this.#worker = startWorker(runtime)
    this.#worker.onmessage = ({ data }: MessageEvent<FromEngine>) => this.#hear(data)
    // an ErrorEvent tells of an exception; a plain event that the script could not be loaded
    this.#worker.onerror = (event) => {
      this.#endWith(event.message === undefined ? notLoaded() : brokenBy(event.message))
    }
  }

  get hasEnded(): boolean {
    return this.#ended !== null
  }

  async call<Name extends CallName>(
    call: Name,
    asked: EngineCalls[Name]['asked'],
    { signal, onProgress }: CallOptions = {},
  ): Promise<EngineCalls[Name]['answered']> {
    if (this.#ended !== null) throw this.#ended
    const id = ++this.#calls
    const answered = new Promise<Exclude<FromEngine, { progress: unknown }>>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, onProgress })
      this.#send(call, id, asked)
    })
    try {
      const message = await (signal === undefined ? answered : unlessAborted(signal, answered))
      if ('defect' in message) throw new Error(message.defect)
      return unwrap(message.reply)
    } catch (error) {
      if (signal?.aborted) this.#worker.postMessage({ call: 'abort', id })
      throw error
    } finally {
      this.#waiting.delete(id)
    }
  }

  end(): void {
    this.#endWith(new SoftPromptError('interrupted', 'The task was disposed while it was asked.'))
  }

  #hear(message: FromEngine): void {
    const waiting = this.#waiting.get(message.id)
    if ('progress' in message) waiting?.onProgress?.(message.progress)
    else if (waiting !== undefined) waiting.resolve(message)
    else if ('reply' in message) this.#giveBack(message.reply)
  }

  /** An answer that nobody waits for: a task that was loaded just as the loading was aborted is nobody's. */
  #giveBack(reply: Extract<FromEngine, { reply: unknown }>['reply']): void {
    if (!reply.ok || reply.value === null || !('handle' in reply.value)) return
    this.#send('dispose', ++this.#calls, { handle: reply.value.handle })
  }

  #send<Name extends CallName>(call: Name, id: number, asked: EngineCalls[Name]['asked']): void {
    this.#worker.postMessage({ call, id, ...asked })
  }

  /** A Web Worker lives on after an exception, with its models, and may answer nothing any more. */
  #endWith(error: SoftPromptError): void {
    this.#worker.terminate()
    this.#ended ??= error
    for (const { reject } of this.#waiting.values()) reject(error)
  }
}

function notLoaded(): SoftPromptError {
  return new SoftPromptError(
    'unsupported',
    'Cannot run a task in this page: the file engine.js could not be loaded. See that it stands beside the module, or name its folder as runtime.',
  )
}

function brokenBy(exception: string): SoftPromptError {
  return new SoftPromptError(
    'interrupted',
    `Cannot go on with the tasks of this page: their engine ended (${exception}). Load them again with loadTask.`,
  )
}

/**
 * Bundlers know the form `new Worker(new URL(…, import.meta.url))`, and bring the file along. A Web Worker may not be started from a file of
 * another origin, but a script of the page's own may import one.
 */
function startWorker(runtime: string | URL | undefined): Worker {
  const here = import.meta.url
  const base = runtime === undefined ? here : new URL(`${runtime}`.replace(/\/?$/, '/'), location.href).href
  const isElsewhere = /^https?:/.test(base) && new URL(base).origin !== location.origin
  if (runtime === undefined && !isElsewhere) return new Worker(new URL('./engine.js', import.meta.url), { type: 'module' })
  const address = new URL('engine.js', base).href
  if (!isElsewhere) return new Worker(address, { type: 'module' })
  const script = URL.createObjectURL(new Blob([`import ${JSON.stringify(address)}`], { type: 'text/javascript' }))
  return new Worker(script, { type: 'module' })
}
