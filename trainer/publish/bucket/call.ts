import { abortedWith, unlessAborted } from '../../../shared/unless-aborted.ts'
import { LastingError } from './retry.ts'

/** A call that is given so much time, and given up sooner where one of `signals` is aborted. */
export class Call {
  readonly #controller: ReturnType<typeof abortedWith>
  #timer: NodeJS.Timeout | undefined

  constructor(signals: readonly AbortSignal[], ms: number) {
    this.#controller = abortedWith(signals)
    this.give(ms)
  }

  /** Aborted where it is given up. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Gives it so many ms from now on. */
  give(ms: number): void {
    clearTimeout(this.#timer)
    const late = new LastingError(`no answer came within ${Math.ceil(ms / 1000)} s`)
    this.#timer = setTimeout(() => this.#controller.abort(late), ms).unref()
  }

  /** `work`'s value, a part of the call's answer. Throws the reason where the call is given up, also where `work` misses that, as fetch may. */
  async heed<Value>(work: Promise<Value>): Promise<Value> {
    try {
      return await unlessAborted(this.signal, work)
    } catch (error) {
      this.end()
      throw error
    }
  }

  /** What `body` holds, as it comes. The call ends with it. */
  stream(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const reader = body.getReader()
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const { done, value } = await this.heed(reader.read())
        if (!done) return controller.enqueue(value)
        this.end()
        controller.close()
      },
      cancel: (reason) => {
        this.end()
        return reader.cancel(reason)
      },
    })
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#controller.letGo()
  }
}
