import type { BrowserTask, LoadOptions, LoadTask } from '../browser/api.ts'
import type { Answered, Asked, Place, TaskResult } from './place.ts'

/** The engine, which is loaded where it is wanted: it is larger than this page. */
const engine = '/browser/index.js'

export type WantedDevice = NonNullable<LoadOptions['device']>

/** How far the chosen tasks are loaded, and on what they run. */
export interface Loaded {
  readonly bytes: number
  readonly total: number
  /** Milliseconds; null while something is still on its way. */
  readonly loadedIn: number | null
  /** Null while nothing runs yet. */
  readonly runs: Pick<BrowserTask, 'device' | 'threads' | 'weights'> | null
}

interface Loading {
  readonly task: Promise<BrowserTask>
  bytes: number
  total: number
  /** Whether it is there. */
  done: boolean
}

/** This browser as a place: every task that is asked for is loaded once, on one model. */
export class BrowserPlace implements Place {
  readonly #apiKey: string
  readonly #device: WantedDevice
  readonly #onLoaded: (loaded: Loaded) => void
  readonly #tasks = new Map<string, Loading>()
  readonly #ended = new AbortController()

  constructor(apiKey: string, device: WantedDevice, onLoaded: (loaded: Loaded) => void) {
    this.#apiKey = apiKey
    this.#device = device
    this.#onLoaded = onLoaded
  }

  /** Loads `names`. Throws where one can't be loaded, and tries it again when asked again. */
  async load(names: readonly string[]): Promise<void> {
    const start = performance.now()
    const tasks = await Promise.all(names.map((name) => this.#task(name)))
    const [first] = tasks
    if (first === undefined || this.#ended.signal.aborted) return
    this.#onLoaded({ ...this.#bytes(), loadedIn: performance.now() - start, runs: first })
  }

  async classify(asked: readonly Asked[], signal: AbortSignal): Promise<Answered> {
    const start = performance.now()
    const waits = asked.some(({ task }) => this.#tasks.get(task)?.done !== true)
    const byTask = new Map<string, number[]>()
    asked.forEach(({ task }, index) => {
      byTask.set(task, [...(byTask.get(task) ?? []), index])
    })
    const tasks = await Promise.all(Array.from(byTask, async ([name, indices]) => ({ task: await this.#task(name), name, indices })))
    const ready = performance.now()
    const results = new Array<TaskResult>(asked.length)
    const runs = new Map<string, number>()
    await Promise.all(
      tasks.map(async ({ task, name, indices }) => {
        const texts = indices.map((index) => (asked[index] as Asked).text)
        const answers = await task.classify(texts, { signal })
        answers.forEach((answer, n) => {
          results[indices[n] as number] = { task: name, ...answer }
          runs.set(answer.batch.id, answer.batch.milliseconds)
        })
      }),
    )
    const model = [...runs.values()].reduce((sum, ms) => sum + ms, 0)
    const load = waits ? ready - start : 0
    const rest = Math.max(0, performance.now() - start - load - model)
    return { results, time: [...(waits ? [{ name: 'load', ms: load }] : []), { name: 'model', ms: model }, { name: 'prepare', ms: rest }] }
  }

  dispose(): void {
    this.#ended.abort()
    for (const { task } of this.#tasks.values()) {
      task.then(
        (loaded) => loaded.dispose(),
        () => {}, // it was told to whoever asked for it
      )
    }
  }

  #task(name: string): Promise<BrowserTask> {
    const known = this.#tasks.get(name)
    if (known !== undefined) return known.task
    const loading: Loading = { task: this.#load(name), bytes: 0, total: 0, done: false }
    this.#tasks.set(name, loading)
    loading.task.then(
      () => {
        loading.done = true
      },
      () => this.#tasks.delete(name),
    )
    return loading.task
  }

  async #load(name: string): Promise<BrowserTask> {
    const { loadTask } = (await import(engine)) as { readonly loadTask: LoadTask }
    return loadTask(new URL(`/v1/tasks/${name}`, location.origin), {
      device: this.#device,
      signal: this.#ended.signal,
      ...(this.#apiKey === '' ? {} : { apiKey: this.#apiKey }),
      onProgress: ({ loaded, total }) => {
        const loading = this.#tasks.get(name)
        if (loading === undefined || this.#ended.signal.aborted) return
        Object.assign(loading, { bytes: loaded, total })
        this.#onLoaded({ ...this.#bytes(), loadedIn: null, runs: null })
      },
    })
  }

  /** Of the task with the most: all on one model tell of the same download. */
  #bytes(): { bytes: number; total: number } {
    const all = [...this.#tasks.values()]
    return { bytes: Math.max(0, ...all.map(({ bytes }) => bytes)), total: Math.max(0, ...all.map(({ total }) => total)) }
  }
}
