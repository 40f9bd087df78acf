import type { Reply } from '../reply.ts'
import type { BrowserAnswer, Device, LoadProgress, TaskFacts } from './api.ts'

/** Of `LoadOptions`, what the engine hears. */
export interface LoadSettings {
  readonly device: Device | 'auto'
  readonly apiKey: string | null
  readonly threads: number | null
  readonly stallMs: number
}

/** What the page may ask of the engine, each call with its answer. A task is known by the number that `load` gave. */
export interface EngineCalls {
  load: {
    asked: { readonly url: string; readonly settings: LoadSettings }
    answered: { readonly handle: number; readonly facts: TaskFacts }
  }
  classify: { asked: { readonly handle: number; readonly texts: readonly string[] }; answered: BrowserAnswer[] }
  dispose: { asked: { readonly handle: number }; answered: null }
}

export type CallName = keyof EngineCalls

export type ToEngine =
  | { [Name in CallName]: { readonly call: Name; readonly id: number } & EngineCalls[Name]['asked'] }[CallName]
  /** Nobody waits for the answer to the call `id` any more. */
  | { readonly call: 'abort'; readonly id: number }

export type FromEngine =
  | { readonly id: number; readonly progress: LoadProgress }
  | { readonly id: number; readonly reply: Reply<EngineCalls[CallName]['answered']> }
  /** An error that is a defect. */
  | { readonly id: number; readonly defect: string }
