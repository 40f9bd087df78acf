import type { TextAnswer } from '../shared/engine/prompt.ts'
import { type ErrorCode, SoftPromptError } from '../shared/error.ts'

/** Texts for one model. Each is answered by the prompt package named by its SHA-256. */
export interface ClassifyCall {
  /** No other call's. */
  readonly id: string
  readonly model: string
  readonly rows: readonly { readonly prompt: string; readonly text: string }[]
  /** After so many milliseconds without its answers it is refused. */
  readonly waitMs: number
}

export interface Answer extends TextAnswer {
  /** The run that gave the answer: how many rows of how many tasks shared it. */
  readonly batch: { readonly id: string; readonly rows: number; readonly tasks: number }
}

export interface HostStatus {
  readonly runs: number
  readonly rows: number
  readonly pendingRows: number
  readonly cachedPrompts: number
  readonly cachedBytes: number
  /** Of ONNX Runtime, where that can be told from the rest: in a Worker its WASM memory. */
  readonly runtimeBytes: number
}

/** An error does not survive the way from a Durable Object, its code least of all: a failure travels as data. */
export type Reply<Value> =
  | { readonly ok: true; readonly value: Value }
  | {
      readonly ok: false
      readonly code: ErrorCode
      readonly message: string
      readonly param: string | null
      readonly retryAfter: number | null
    }

/** What a router may ask of a host. A host serves one model, the one that its name begins with. */
export interface HostApi {
  classify(call: ClassifyCall): Promise<Reply<Answer[]>>
  /** Nobody waits for the answer to the call `id` any more: what of it has not run never will. */
  cancel(id: string): Promise<void>
  /** Loads the model if it isn't, and the prompt where one is named, and gives the model's name. */
  ready(model: string, prompt?: string): Promise<Reply<string>>
  status(): Promise<HostStatus>
}

/** `work`'s value, or its SoftPromptError, as data. Any other error is a defect and is thrown. */
export async function reply<Value>(work: () => Promise<Value>): Promise<Reply<Value>> {
  try {
    return { ok: true, value: await work() }
  } catch (error) {
    if (!(error instanceof SoftPromptError)) throw error
    const { code, message, param, retryAfter } = error
    return { ok: false, code, message, param, retryAfter }
  }
}

/** The other end of `reply`. */
export function unwrap<Value>(reply: Reply<Value>): Value {
  if (reply.ok) return reply.value
  const { code, message, param, retryAfter } = reply
  throw new SoftPromptError(code, message, { param, retryAfter })
}
