import { DurableObject } from 'cloudflare:workers'
import { SoftPromptError } from '../../shared/error.ts'
import { argmax } from '../../shared/scores.ts'
import type { FloatTensor } from '../../shared/tensor.ts'
import { wasmMemoryBytes } from '../runtime.ts'
import { type Environment, readSettings, type Settings } from '../settings.ts'
import { readPromptFiles } from '../store/prompt-files.ts'
import { batchSize } from './batch-size.ts'
import { Batcher } from './batcher.ts'
import { ByteCache } from './byte-cache.ts'
import type { FrozenModel } from './frozen-model.ts'
import { type Answer, type ClassifyCall, type HostApi, type HostStatus, type Reply, reply } from './protocol.ts'
import { loadModel, residentModel } from './resident-models.ts'
import { judgeSelfTest, selfTestDifference } from './self-test.ts'
import { ServedPrompt, type ServedRow } from './served-prompt.ts'

/** A row in the queue. */
interface Question {
  readonly prompt: ServedPrompt
  readonly row: ServedRow
}

interface RowResult {
  readonly hidden: Float32Array // [H]
  readonly batch: Answer['batch']
}

/** The one place where a model's requests meet, so that they can share batches: one session, the prompts in use, one queue. */
export class ModelHost extends DurableObject<Environment> implements HostApi {
  readonly #settings: Settings
  readonly #prompts: ByteCache<ServedPrompt>
  readonly #batcher: Batcher<Question, RowResult>
  /** Tells this host's batches from another's. */
  readonly #id = crypto.randomUUID().slice(0, 8)
  /** SHA-256 of the model's card: the first call says which model this host is for. */
  #name: string | null = null
  #loadingModel: Promise<FrozenModel> | null = null
  readonly #loadingPrompts = new Map<string, Promise<ServedPrompt>>()
  #pendingRows = 0
  #runs = 0
  #rows = 0

  constructor(state: DurableObjectState, environment: Environment) {
    super(state, environment)
    this.#settings = readSettings(environment)
    const { PREFIX_CACHE_BYTES, MAX_BATCH_ROWS: maxRows, MAX_BATCH_TOKENS: maxTokens } = this.#settings
    this.#prompts = new ByteCache(PREFIX_CACHE_BYTES)
    this.#batcher = new Batcher(
      (questions) => this.#run(questions),
      (questions) =>
        batchSize(
          questions.map(({ row }) => row),
          { maxRows, maxTokens },
        ),
    )
  }

  classify({ model, rows }: ClassifyCall): Promise<Reply<Answer[]>> {
    return reply(() =>
      this.#admit(rows.length, async () => {
        this.#serve(model)
        const names = [...new Set(rows.map(({ prompt }) => prompt))]
        const prompts = new Map(await Promise.all(names.map(async (name) => [name, await this.#prompt(name)] as const)))
        const asked = rows.map(({ prompt: name, text }) => {
          const prompt = prompts.get(name) as ServedPrompt
          return { prompt, row: prompt.row(text) }
        })
        const results = await this.#batcher.add(asked)
        return asked.map(({ prompt, row }, index) => answer(prompt, row, results[index] as RowResult))
      }),
    )
  }

  ready(model: string): Promise<Reply<string>> {
    return reply(async () => {
      this.#serve(model)
      return (await this.#model()).card.name
    })
  }

  async status(): Promise<HostStatus> {
    const { size: cachedPrompts, bytes: cachedBytes } = this.#prompts
    return { runs: this.#runs, rows: this.#rows, pendingRows: this.#pendingRows, cachedPrompts, cachedBytes, wasmBytes: wasmMemoryBytes() }
  }

  /** Does `work` unless more rows than the queue holds would then be waiting: refusing at once is better than answering too late. */
  async #admit<Value>(rows: number, work: () => Promise<Value>): Promise<Value> {
    const { MAX_QUEUE_ROWS } = this.#settings
    if (this.#pendingRows + rows > MAX_QUEUE_ROWS) {
      throw new SoftPromptError(
        'overloaded',
        `Cannot take ${rows} more texts: ${this.#pendingRows} of at most ${MAX_QUEUE_ROWS} are waiting. Try again in a moment.`,
      )
    }
    this.#pendingRows += rows
    try {
      return await work()
    } finally {
      this.#pendingRows -= rows
    }
  }

  #serve(model: string): void {
    this.#name ??= model
    if (this.#name !== model) throw new Error(`a host serves one model: this one ${this.#name}, not ${model}`)
  }

  /** The model, loaded once for all requests that wait for it. A failed load is forgotten, so that the next request tries again. */
  async #model(): Promise<FrozenModel> {
    const name = this.#name as string
    const resident = residentModel(name)
    if (resident !== undefined) return resident
    this.#loadingModel ??= loadModel(this.env.BUCKET, name).finally(() => {
      this.#loadingModel = null
    })
    return this.#loadingModel
  }

  /** The prompt, from the cache or loaded once for all requests that wait for it. */
  async #prompt(name: string): Promise<ServedPrompt> {
    const cached = this.#prompts.get(name) ?? this.#loadingPrompts.get(name)
    if (cached !== undefined) return cached
    const loading = this.#loadPrompt(name).finally(() => this.#loadingPrompts.delete(name))
    this.#loadingPrompts.set(name, loading)
    return loading
  }

  async #loadPrompt(name: string): Promise<ServedPrompt> {
    const [files, { card: model, encode }] = await Promise.all([readPromptFiles(this.env.BUCKET, name), this.#model()])
    const compile = async (promptTable: FloatTensor) => (await this.#model()).compile(promptTable)
    const prompt = await ServedPrompt.load(files, `prompt ${name}`, { model, encode, compile, maxRowTokens: this.#settings.MAX_ROW_TOKENS })
    const results = await this.#batcher.add(prompt.card.selfTest.map(({ text }) => ({ prompt, row: prompt.row(text) })))
    const probabilities = results.map(({ hidden }) => prompt.probabilities(hidden))
    const warning = judgeSelfTest(selfTestDifference(prompt.card, probabilities), prompt.card, model.weights)
    if (warning !== null) console.warn(warning)
    this.#prompts.set(name, prompt)
    return prompt
  }

  async #run(questions: Question[]): Promise<RowResult[]> {
    const model = await this.#model()
    const hidden = await model.hidden(questions.map(({ row }) => row))
    this.#runs += 1
    this.#rows += questions.length
    const batch = { id: `${this.#id}-${this.#runs}`, rows: questions.length, tasks: new Set(questions.map(({ prompt }) => prompt)).size }
    return hidden.map((vector) => ({ hidden: vector, batch }))
  }
}

function answer(prompt: ServedPrompt, { inputIds, truncated }: ServedRow, { hidden, batch }: RowResult): Answer {
  const probabilities = prompt.probabilities(hidden)
  const best = argmax(probabilities)
  const labels = prompt.card.labels.map(({ label }) => label)
  return {
    label: labels[best] as string,
    probability: probabilities[best] as number,
    probabilities: Object.fromEntries(labels.map((label, index) => [label, probabilities[index] as number])),
    truncated,
    tokens: inputIds.length,
    batch,
  }
}
