/** What `softprompt/browser` takes and gives. The engine behind it runs in a Web Worker, and all that passes to and fro is data. */

/** What the model runs on. `wasm` is the processor, by WebAssembly. */
export type Device = 'webgpu' | 'wasm'

export interface LoadOptions {
  /**
   * `auto` takes WebGPU where the browser has a graphics card for it and the task's model is published in a format for it, else WebAssembly.
   * Naming one throws where that can't be had.
   */
  readonly device?: Device | 'auto'
  /** One of the service's API_KEYS. Whoever opens the page can read it: never ship one that is a secret. */
  readonly apiKey?: string
  /** Aborting it ends the loading, and throws its reason. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: LoadProgress) => void
  /** Threads of WebAssembly, where the page is cross-origin isolated; else there is one. Counts when the page's first task is loaded. */
  readonly threads?: number
  /** After so many milliseconds without a byte a download is begun again where it stopped, three times at most. 20,000 by default. */
  readonly stallMs?: number
  /** The folder from which engine.js and the files of ONNX Runtime are loaded, where it is not the folder of this module. */
  readonly runtime?: string | URL
}

/** How far the loading is, told once it is known how much there is to load. What was in the cache counts as loaded. */
export interface LoadProgress {
  /** Bytes of all files so far, and what they will be, which is the same from the start, unless another device is tried. */
  readonly loaded: number
  readonly total: number
  /**
   * What is waited for: `model` while something of the model or of ONNX Runtime is on its way, with or without the prompt's files, `prompt`
   * while only something of the prompt is, `start` once all is here and the model is made ready.
   */
  readonly phase: 'model' | 'prompt' | 'start'
  /** The file that went on: `model.onnx.data`. */
  readonly file: string
}

/** What is answered to a text, as the service answers it. */
export interface BrowserAnswer {
  /** The most probable label; null where the task has thresholds, and none is reached. */
  readonly label: string | null
  /** Of the most probable label, given or not. */
  readonly probability: number
  /** Where the task gives a text several labels: all that are given, the most probable first. */
  readonly labels?: readonly string[] | undefined
  readonly probabilities: Readonly<Record<string, number>>
  /** Whether the text was too long and lost its end. */
  readonly truncated: boolean
  /** How many were read: of the text and its template. */
  readonly tokens: number
  /** The run of the model that gave the answer: how many rows of how many tasks shared it, and how many milliseconds it took. */
  readonly batch: { readonly id: string; readonly rows: number; readonly tasks: number; readonly milliseconds: number }
}

export interface ClassifyOptions {
  /** Aborting it takes back what has not run yet, and throws its reason. */
  readonly signal?: AbortSignal
}

/** What was loaded of a task. */
export interface TaskFacts {
  readonly task: string
  /** SHA-256 of the prompt package that answers. */
  readonly prompt: string
  readonly labels: readonly string[]
  /** prompt.json */
  readonly card: TaskCard
  readonly model: {
    readonly name: string
    /** SHA-256 of the model package. */
    readonly hash: string
    /** Of its files. */
    readonly bytes: number
    readonly licence: string | null
    readonly source: string
  }
  /** The model's weight format: `int8`, `q8`. */
  readonly weights: string
  readonly device: Device
  /** Of WebAssembly. */
  readonly threads: number
  /** What is odd but allowed, such as a prompt that answers otherwise than in training. */
  readonly warnings: readonly string[]
  /** What the loading took. */
  readonly loading: {
    /** From the network, as they came; 0 where all was in the cache. */
    readonly downloadedBytes: number
    readonly cachedBytes: number
    readonly milliseconds: number
  }
}

/** The card of a prompt package. What is not named here is there as prompt.json has it. */
export interface TaskCard {
  readonly task: string
  readonly method: string
  readonly virtualTokens: number
  readonly template: string
  readonly maxTokens: number
  readonly labels: readonly { readonly label: string; readonly verbalizer: string }[]
  readonly metrics: Readonly<Record<string, number>>
  readonly baselines: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly base: { readonly hash: string; readonly name: string; readonly weights: string }
}

/** A task that answers in this page. */
export interface BrowserTask extends TaskFacts {
  classify(text: string, options?: ClassifyOptions): Promise<BrowserAnswer>
  /** The answers in the order of the texts. */
  classify(texts: readonly string[], options?: ClassifyOptions): Promise<BrowserAnswer[]>
  /** Lets go of the task; what it shares with others stays for them. With the page's last task the engine ends and its memory is free. */
  dispose(): Promise<void>
}

/** `url` is a task's address at its service: `https://my.worker/v1/tasks/routing`; `…/routing@41c0` is one of its versions. */
export type LoadTask = (url: string | URL, options?: LoadOptions) => Promise<BrowserTask>
