import { excerpt, SoftPromptError } from '../../shared/error.ts'
import type { BrowserAnswer, BrowserTask, ClassifyOptions, LoadOptions, LoadTask, TaskFacts } from './api.ts'
import { Engine } from './engine-connection.ts'

export { type ErrorCode, SoftPromptError } from '../../shared/error.ts'
export type {
  BrowserAnswer,
  BrowserTask,
  ClassifyOptions,
  Device,
  LoadOptions,
  LoadProgress,
  LoadTask,
  TaskCard,
  TaskFacts,
} from './api.ts'

/** The engine of this page, while a task is loaded or loading. */
let engine: Engine | null = null
let users = 0

/**
 * Loads a task's model and prompt from its service, so that texts are answered in this page and never leave it. All tasks of the page share one
 * engine, and tasks on one model share the model. Throws SoftPromptError where something can't be loaded, or does not fit.
 */
export const loadTask: LoadTask = async (url, options = {}) => {
  requireSecureContext()
  const { signal, onProgress, device = 'auto', apiKey = null, threads = null, stallMs = 20_000 } = options
  const address = requireAddress(url)
  requireSettings(device, threads)
  signal?.throwIfAborted()
  const used = use(options)
  try {
    const asked = { url: address, settings: { device, apiKey, threads, stallMs } }
    const { handle, facts } = await used.call('load', asked, { signal, onProgress })
    return new LoadedTask(used, handle, facts)
  } catch (error) {
    leave(used)
    throw error
  }
}

/** `url`, which may be relative to the page's own. Throws `usage` where it is no address; what it is of, the engine sees. */
function requireAddress(url: string | URL): string {
  try {
    if (typeof url === 'string' || url instanceof URL) return new URL(url, location.href).href
  } catch {
    // it is said below
  }
  throw new SoftPromptError(
    'usage',
    `Cannot load a task from ${excerpt(url)}: give its address, such as https://my.worker/v1/tasks/routing.`,
  )
}

/** Throws `usage` where the options, which JavaScript does not check, are none. */
function requireSettings(device: string, threads: number | null): void {
  if (!['auto', 'webgpu', 'wasm'].includes(device))
    throw new SoftPromptError('usage', `Cannot load a task with device ${excerpt(device)}: it is "auto", "webgpu" or "wasm".`)
  if (threads !== null && !(Number.isInteger(threads) && threads > 0))
    throw new SoftPromptError('usage', `Cannot load a task with ${excerpt(threads)} threads: it is a whole number of at least 1.`)
}

function use({ runtime }: LoadOptions): Engine {
  if (engine === null || engine.hasEnded) {
    engine = new Engine(runtime)
    users = 0
  }
  users++
  return engine
}

/** The memory of WebAssembly never shrinks: it is freed by ending the engine, with its last user. */
function leave(used: Engine): void {
  if (used !== engine || --users > 0) return
  engine.end()
  engine = null
}

class LoadedTask implements BrowserTask {
  readonly task: string
  readonly prompt: string
  readonly labels: TaskFacts['labels']
  readonly card: TaskFacts['card']
  readonly model: TaskFacts['model']
  readonly weights: string
  readonly device: TaskFacts['device']
  readonly threads: number
  readonly warnings: TaskFacts['warnings']
  readonly loading: TaskFacts['loading']
  readonly #engine: Engine
  readonly #handle: number
  #disposed: Promise<void> | null = null

  constructor(engine: Engine, handle: number, facts: TaskFacts) {
    this.#engine = engine
    this.#handle = handle
    this.task = facts.task
    this.prompt = facts.prompt
    this.labels = facts.labels
    this.card = facts.card
    this.model = facts.model
    this.weights = facts.weights
    this.device = facts.device
    this.threads = facts.threads
    this.warnings = facts.warnings
    this.loading = facts.loading
  }

  classify(text: string, options?: ClassifyOptions): Promise<BrowserAnswer>
  classify(texts: readonly string[], options?: ClassifyOptions): Promise<BrowserAnswer[]>
  async classify(input: string | readonly string[], options: ClassifyOptions = {}): Promise<BrowserAnswer | BrowserAnswer[]> {
    if (this.#disposed !== null) {
      throw new SoftPromptError('usage', `Cannot answer with task ${this.task}: it was disposed. Load it again with loadTask.`)
    }
    const texts = typeof input === 'string' ? [input] : input
    if (!Array.isArray(texts) || texts.some((text) => typeof text !== 'string')) {
      throw new SoftPromptError(
        'usage',
        `Cannot answer with task ${this.task}: input must be a text or a list of texts, and it is ${excerpt(input)}.`,
      )
    }
    const answers = await this.#engine.call('classify', { handle: this.#handle, texts }, options)
    return typeof input === 'string' ? (answers[0] as BrowserAnswer) : answers
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#dispose()
    return this.#disposed
  }

  async #dispose(): Promise<void> {
    try {
      if (!this.#engine.hasEnded) await this.#engine.call('dispose', { handle: this.#handle })
    } finally {
      leave(this.#engine)
    }
  }
}

function requireSecureContext(): void {
  if (globalThis.isSecureContext) return
  throw new SoftPromptError(
    'unsupported',
    `Cannot load a task in this page: it came over plain HTTP, where browsers have no hashes and no cache. Serve it over HTTPS, or from localhost.`,
  )
}
