import type { BrowserTask, LoadOptions, LoadProgress, LoadTask } from '../browser/api.ts'
import { engineProblem } from './engine-problem.ts'
import type { Answered, Asked, Place, TaskResult } from './place.ts'

/** The engine, which is loaded where it is wanted: it is larger than this page. */
const engine = '/browser/index.js'

export type WantedDevice = NonNullable<LoadOptions['device']>

/** How far the chosen tasks are loaded: bytes of what there will be, once that is known, and then on what they run. */
export type Loaded =
  | { readonly state: 'looking' }
  | ({ readonly state: 'loading' } & Pick<LoadProgress, 'phase' | 'loaded' | 'total'>)
  | { readonly state: 'failed'; readonly message: string }
  | {
      readonly state: 'ready'
      readonly bytes: number
      readonly ms: number
      readonly runs: Pick<BrowserTask, 'device' | 'threads' | 'weights'>
      readonly warnings: readonly { readonly task: string; readonly text: string }[]
    }

interface Loading {
  readonly task: Promise<BrowserTask>
  /** Null until it is known how much there is to load. */
  progress: LoadProgress | null
  /** Null until it is there. */
  loaded: BrowserTask | null
}

/** This browser as a place: every task that is asked for is loaded once, on one model. */
export class BrowserPlace implements Place {
  readonly #apiKey: string
  readonly #device: WantedDevice
  readonly #onLoaded: (loaded: Loaded) => void
  /** Without those that failed. */
  readonly #tasks = new Map<string, Loading>()
  readonly #ended = new AbortController()
  #chosen: readonly string[] = []
  /** When the loading began that is under way, and how long those before it took. */
  #start = 0
  #ms = 0

  constructor(apiKey: string, device: WantedDevice, onLoaded: (loaded: Loaded) => void) {
    this.#apiKey = apiKey
    this.#device = device
    this.#onLoaded = onLoaded
  }

  /** Loads `names`, the chosen tasks. How that goes is told; one that fails is tried again when asked again. */
  load(names: readonly string[]): void {
    this.#chosen = names
    for (const name of names) this.#task(name).catch(() => {}) // it was told
    this.#tell()
  }

  async classify(asked: readonly Asked[], signal: AbortSignal): Promise<Answered> {
    const start = performance.now()
    const waits = asked.some(({ task }) => !this.#tasks.get(task)?.loaded)
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
        const answers = await task
          .classify(texts, { signal })
          .catch((error) => this.#failed(name, error, signal, error.code === 'interrupted'))
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

  get #isIdle(): boolean {
    return [...this.#tasks.values()].every(({ loaded }) => loaded !== null)
  }

  #task(name: string): Promise<BrowserTask> {
    const known = this.#tasks.get(name)
    if (known !== undefined) return known.task
    if (this.#isIdle) this.#start = performance.now()
    const loaded = this.#load(name).catch((error) => this.#failed(name, error, this.#ended.signal, true))
    const loading: Loading = { task: loaded, progress: null, loaded: null }
    this.#tasks.set(name, loading)
    this.#onLoaded({ state: 'looking' })
    loaded.then(
      (task) => {
        loading.loaded = task
        if (this.#isIdle) this.#ms += performance.now() - this.#start
        this.#tell()
      },
      () => {}, // whoever asked for it hears why
    )
    return loaded
  }

  async #load(name: string): Promise<BrowserTask> {
    const { loadTask } = (await import(engine)) as { readonly loadTask: LoadTask }
    return loadTask(new URL(`/v1/tasks/${name}`, location.origin), {
      device: this.#device,
      signal: this.#ended.signal,
      ...(this.#apiKey === '' ? {} : { apiKey: this.#apiKey }),
      onProgress: (progress) => {
        const loading = this.#tasks.get(name)
        if (loading === undefined) return
        loading.progress = progress
        this.#tell()
      },
    })
  }

  /** Throws `error` in words for the page; one of a task that `isGone`, which is loaded anew where it is asked for again, is told too. */
  #failed(name: string, error: Error, signal: AbortSignal, isGone: boolean): never {
    if (signal.aborted || this.#ended.signal.aborted) throw error
    const problem = engineProblem(error)
    const message = this.#chosen.length > 1 ? `${name}: ${problem}` : problem
    if (isGone) {
      this.#tasks.delete(name)
      this.#onLoaded({ state: 'failed', message })
    }
    throw new Error(message, { cause: error })
  }

  /** How far the chosen tasks are. Nothing, while one has failed or it is not known of one how much there is to load: what was told last holds. */
  #tell(): void {
    const chosen = this.#chosen.map((name) => this.#tasks.get(name))
    const all = chosen.filter((each) => each !== undefined)
    const [first] = all
    if (this.#ended.signal.aborted || first === undefined || all.length < chosen.length) return
    // all on one model tell of the same download: the one with the most to load tells of all
    const progress = [...this.#tasks.values()].flatMap(({ progress }) => progress ?? [])
    const { loaded, total } = progress.reduce((largest, each) => (each.total > largest.total ? each : largest), { loaded: 0, total: 0 })
    const phases = all.flatMap(({ loaded, progress }) => (loaded === null ? [progress?.phase ?? null] : []))
    if (first.loaded !== null && phases.length === 0) {
      const warnings = all.flatMap(({ loaded }) => loaded?.warnings.map((text) => ({ task: loaded.task, text })) ?? [])
      this.#onLoaded({ state: 'ready', bytes: total, ms: this.#ms, runs: first.loaded, warnings })
    } else if (!phases.includes(null)) {
      const phase = (['model', 'prompt'] as const).find((each) => phases.includes(each)) ?? 'start'
      this.#onLoaded({ state: 'loading', phase, loaded, total })
    }
  }
}
