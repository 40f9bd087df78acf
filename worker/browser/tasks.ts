import { Prompt } from '../../shared/engine/prompt.ts'
import { runSelfTest } from '../../shared/engine/self-test.ts'
import { readPromptFiles } from '../../shared/engine/stored-prompt.ts'
import { SoftPromptError } from '../../shared/error.ts'
import { maxRowTokens } from '../../shared/formats/limits.ts'
import { abortedWith, unlessAborted } from '../../shared/unless-aborted.ts'
import type { BrowserAnswer, LoadProgress, TaskFacts } from './api.ts'
import { fetchStore } from './fetch-store.ts'
import type { LoadSettings } from './messages.ts'
import { ModelUse, type PlacedModel } from './model-use.ts'
import { placements } from './placements.ts'
import { type ServedVersion, servedVersion } from './service.ts'
import { Traffic } from './traffic.ts'

interface Loaded {
  readonly prompt: Prompt
  readonly name: string
  readonly model: ModelUse
  /** Aborted when it is disposed. */
  readonly disposed: AbortController
}

/** The tasks of a page. */
export class Tasks {
  readonly #loaded = new Map<number, Loaded>()
  #handles = 0

  async load(
    url: string,
    settings: LoadSettings,
    signal: AbortSignal,
    onProgress: (progress: LoadProgress) => void,
  ): Promise<{ handle: number; facts: TaskFacts }> {
    const start = performance.now()
    const traffic = new Traffic(settings, signal, onProgress)
    const version = await servedVersion(url, traffic)
    const [first, ...others] = await placements(version, settings)
    const { loaded, warnings } = await this.#open(version, first, traffic).catch(async (error) => {
      const [next] = others
      if (next === undefined || !isOfDevice(error)) throw error
      const opened = await this.#open(version, next, traffic)
      return { ...opened, warnings: [`it runs by ${next.device}, since on ${first.device} it can't: ${error.message}`, ...opened.warnings] }
    })
    const { prompt, model } = loaded
    if (signal.aborted) {
      await model.end()
      throw signal.reason
    }
    const handle = ++this.#handles
    this.#loaded.set(handle, loaded)
    const { card } = model.frozen
    return {
      handle,
      facts: {
        task: version.task,
        prompt: version.prompt,
        labels: prompt.card.labels.map(({ label }) => label),
        card: prompt.card,
        model: { name: card.name, hash: model.placement.model, bytes: model.frozen.bytes, licence: card.licence, source: card.source },
        weights: card.weights,
        device: model.placement.device,
        threads: model.placement.threads,
        warnings,
        loading: { ...traffic.sums, milliseconds: performance.now() - start },
      },
    }
  }

  async #open(version: ServedVersion, placement: PlacedModel, traffic: Traffic): Promise<{ loaded: Loaded; warnings: string[] }> {
    const store = fetchStore(version.service, traffic)
    const [reading, loading] = [readPromptFiles(store, version.prompt), ModelUse.begin(placement, store, traffic)]
    reading.catch(() => {}) // the model's failure may come first
    const model = await loading
    try {
      const prompt = await Prompt.load(await reading, `prompt ${version.prompt}`, model.frozen, maxRowTokens)
      const warning = await unlessAborted(
        traffic.signal,
        runSelfTest(prompt, async () => model.frozen),
      )
      const warnings = warning === null ? [...prompt.warnings] : [...prompt.warnings, warning]
      return { loaded: { prompt, name: version.prompt, model, disposed: new AbortController() }, warnings }
    } catch (error) {
      await model.end()
      throw error
    }
  }

  async classify(handle: number, texts: readonly string[], signal: AbortSignal): Promise<BrowserAnswer[]> {
    const { model, prompt, name, disposed } = this.#require(handle)
    const call = abortedWith([signal, disposed.signal])
    try {
      return await model.answers(name, prompt, texts, call.signal)
    } finally {
      call.letGo()
    }
  }

  async dispose(handle: number): Promise<null> {
    const { model, disposed, prompt } = this.#require(handle)
    this.#loaded.delete(handle)
    disposed.abort(new SoftPromptError('interrupted', `Task ${prompt.card.task} was disposed while it was asked.`))
    await model.end()
    return null
  }

  #require(handle: number): Loaded {
    const loaded = this.#loaded.get(handle)
    if (loaded === undefined) throw new Error(`there is no task ${handle}`)
    return loaded
  }
}

/** Whether another device may do better: ONNX Runtime refused the graph, or the answers are not those of the trainer. */
function isOfDevice(error: unknown): error is SoftPromptError {
  return error instanceof SoftPromptError && (error.code === 'invalid_model' || error.code === 'invalid_prompt')
}
