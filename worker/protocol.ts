import type { TextAnswer } from '../shared/engine/prompt.ts'
import type { Reply } from './reply.ts'

export { type Reply, reply, unwrap } from './reply.ts'

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
  /** The run that gave the answer: how many rows of how many tasks shared it, and how many milliseconds this one waited for it. */
  readonly batch: { readonly id: string; readonly rows: number; readonly tasks: number; readonly waitedMs: number }
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

/** What a router may ask of a host. A host serves one model, the one that its name begins with. */
export interface HostApi {
  classify(call: ClassifyCall): Promise<Reply<Answer[]>>
  /** Nobody waits for the answer to the call `id` any more: what of it has not run never will. */
  cancel(id: string): Promise<void>
  /** Loads the model if it isn't, and the prompt where one is named, and gives the model's name. */
  ready(model: string, prompt?: string): Promise<Reply<string>>
  status(): Promise<HostStatus>
}
