import type { ReadyPrompt } from '../../shared/engine/families/family.ts'
import { roundUp } from '../../shared/engine/families/padding.ts'
import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import { Prompt, type PromptBase } from '../../shared/engine/prompt.ts'
import { runSelfTest } from '../../shared/engine/self-test.ts'
import type { Store } from '../../shared/engine/store.ts'
import { readPromptFiles } from '../../shared/engine/stored-prompt.ts'
import { located, SoftPromptError } from '../../shared/error.ts'
import { printable } from '../../shared/printable.ts'
import { unlessAborted } from '../../shared/unless-aborted.ts'
import { type Answer, type ClassifyCall, type HostApi, type HostStatus, type Reply, reply, unwrap } from '../protocol.ts'
import type { Settings } from '../settings.ts'
import { Allowance } from './allowance.ts'
import { arrivals, Batcher } from './batcher.ts'
import { ByteCache } from './byte-cache.ts'
import { Gate } from './gate.ts'
import { Pace } from './pace.ts'
import type { ResidentModels } from './resident-models.ts'
import { type RowSize, rowChoice } from './row-choice.ts'
import { textShares } from './text-shares.ts'

/** A row in the queue. It names its prompt and does not hold it: so many rows may wait that their prompts would not fit. */
interface QueuedRow extends RowSize {
  readonly inputIds: readonly number[]
  readonly prompt: string
  readonly truncated: boolean
  /** When its call came, as Date.now() tells. */
  readonly arrived: number
}

/** Prompts read at a time. Each takes some three times its size until it is ready. */
const maxLoading = 4

/** What a host works with. */
export interface HostParts {
  readonly settings: Settings
  readonly store: Store
  readonly models: ResidentModels
  /** Bytes that ONNX Runtime takes. */
  readonly runtimeBytes: () => number
  /** Batches that the model runs side by side: 1 where this is left out. */
  readonly runners?: number
}

/** The one place where a model's requests meet, so that they can share batches: one session, the prompts in use, one queue. */
export class Host implements HostApi {
  readonly #settings: Settings
  readonly #store: Store
  readonly #models: ResidentModels
  readonly #runtimeBytes: () => number
  readonly #prompts: ByteCache<Prompt>
  readonly #batcher: Batcher<QueuedRow, Reply<Answer>>
  readonly #loads = new Gate(maxLoading)
  readonly #waitingRows: Allowance
  readonly #waitingTokens: Allowance
  readonly #pace = new Pace()
  /** Tells this host's batches from another's. */
  readonly #id = crypto.randomUUID().slice(0, 8)
  /** SHA-256 of the model's card: the first call says which model this host is for. */
  #name: string | null = null
  #loadingModel: Promise<FrozenModel> | null = null
  readonly #loadingPrompts = new Map<string, Promise<Prompt>>()
  /** The calls under way, by their ids. */
  readonly #calls = new Map<string, AbortController>()
  #runs = 0
  #rows = 0

  constructor({ settings, store, models, runtimeBytes, runners = 1 }: HostParts) {
    this.#settings = settings
    this.#store = store
    this.#models = models
    this.#runtimeBytes = runtimeBytes
    const { PREFIX_CACHE_BYTES, MAX_QUEUE_ROWS, MAX_QUEUE_TOKENS, MAX_BATCH_ROWS: maxRows, MAX_BATCH_TOKENS: maxTokens } = this.#settings
    this.#prompts = new ByteCache(PREFIX_CACHE_BYTES)
    const retryAfter = () => this.#pace.secondsFor(this.#waitingTokens.held)
    this.#waitingRows = new Allowance(MAX_QUEUE_ROWS, 'texts', retryAfter)
    this.#waitingTokens = new Allowance(MAX_QUEUE_TOKENS, 'tokens', retryAfter)
    this.#batcher = new Batcher<QueuedRow, Reply<Answer>>((rows) => this.#run(rows), rowChoice({ maxRows, maxTokens }), runners)
  }

  async classify({ id, model, rows, waitMs }: ClassifyCall): Promise<Reply<Answer[]>> {
    const call = new AbortController()
    this.#calls.set(id, call)
    const deadline = setTimeout(() => call.abort(this.#tooLate(waitMs)), waitMs)
    try {
      return await reply(() =>
        this.#waitingRows.hold(rows.length, () => unlessAborted(call.signal, this.#answers(model, rows, call.signal))),
      )
    } finally {
      clearTimeout(deadline)
      this.#calls.delete(id)
    }
  }

  async cancel(id: string): Promise<void> {
    this.#calls.get(id)?.abort(new SoftPromptError('interrupted', 'The caller hung up.'))
  }

  ready(model: string, prompt?: string): Promise<Reply<string>> {
    return reply(async () => {
      this.#serve(model)
      if (prompt !== undefined) await this.#prompt(prompt)
      return (await this.#model()).card.name
    })
  }

  #tooLate(waitMs: number): SoftPromptError {
    const [rows, tokens] = [this.#waitingRows.held, this.#waitingTokens.held]
    return new SoftPromptError(
      'overloaded',
      `Cannot answer within ${waitMs / 1000} s: ${rows} texts of ${tokens} tokens are waiting here. Try again later, or wait longer.`,
      { retryAfter: this.#pace.secondsFor(tokens) },
    )
  }

  async status(): Promise<HostStatus> {
    const { size: cachedPrompts, bytes: cachedBytes } = this.#prompts
    return {
      runs: this.#runs,
      rows: this.#rows,
      pendingRows: this.#waitingRows.held,
      cachedPrompts,
      cachedBytes,
      runtimeBytes: this.#runtimeBytes(),
    }
  }

  async #answers(model: string, rows: ClassifyCall['rows'], signal: AbortSignal): Promise<Answer[]> {
    this.#serve(model)
    const queued = await this.#tokenise(rows, Date.now(), signal)
    const tokens = queued.reduce((sum, { inputIds }) => sum + roundUp(inputIds.length), 0)
    const { MAX_CALL_TOKENS } = this.#settings
    if (tokens > MAX_CALL_TOKENS) {
      throw new SoftPromptError(
        'too_large',
        `Cannot take ${tokens} tokens in one call: at most ${MAX_CALL_TOKENS}. Send the texts in several calls.`,
      )
    }
    const answers = await this.#waitingTokens.hold(tokens, () => this.#batcher.add(queued, signal))
    return answers.map(unwrap)
  }

  /** The rows in their order, tokenised. */
  async #tokenise(rows: ClassifyCall['rows'], arrived: number, signal: AbortSignal): Promise<QueuedRow[]> {
    const queued = new Array<QueuedRow>(rows.length)
    const ofPrompt = new Map<string, number[]>()
    rows.forEach(({ prompt }, index) => {
      const indices = ofPrompt.get(prompt)
      if (indices === undefined) ofPrompt.set(prompt, [index])
      else indices.push(index)
    })
    const shared = textShares(signal)
    const tokenise = async (name: string, indices: readonly number[]) => {
      const prompt = await this.#prompt(name)
      for (const index of indices) {
        const { text } = rows[index] as ClassifyCall['rows'][number]
        queued[index] = { prompt: name, promptLength: prompt.length, arrived, ...prompt.row(text) }
        const full = shared(text.length)
        if (full !== null) await full
      }
    }
    await Promise.all(Array.from(ofPrompt, ([name, indices]) => tokenise(name, indices)))
    return queued
  }

  #serve(model: string): void {
    this.#name ??= model
    if (this.#name !== model) throw new Error(`a host serves one model: this one ${this.#name}, not ${model}`)
  }

  /** The model, loaded once for all requests that wait for it. A failed load is forgotten, so that the next request tries again. */
  async #model(): Promise<FrozenModel> {
    const name = this.#name as string
    const resident = this.#models.get(name)
    if (resident !== undefined) return resident
    this.#loadingModel ??= this.#models.load(this.#store, name).finally(() => {
      this.#loadingModel = null
    })
    return this.#loadingModel
  }

  /** The prompt, from the cache or loaded once for all requests that wait for it. An error has its name as `param`. */
  async #prompt(name: string): Promise<Prompt> {
    const cached = this.#prompts.get(name) ?? this.#loadingPrompts.get(name)
    if (cached !== undefined) return cached
    const loading = located(
      this.#loads.pass(() => this.#loadPrompt(name)),
      name,
    ).finally(() => this.#loadingPrompts.delete(name))
    this.#loadingPrompts.set(name, loading)
    return loading
  }

  async #loadPrompt(name: string): Promise<Prompt> {
    const [files, { card, encode, family }] = await Promise.all([readPromptFiles(this.#store, name), this.#model()])
    // the model may leave the memory and come back meanwhile
    const base: PromptBase = { card, encode, family, ready: async (stored, placement) => (await this.#model()).ready(stored, placement) }
    const prompt = await Prompt.load(files, `prompt ${name}`, base, this.#settings.MAX_ROW_TOKENS)
    for (const warning of prompt.warnings) console.warn(printable(warning))
    const warning = await runSelfTest(prompt, () => this.#model())
    if (warning !== null) console.warn(printable(warning))
    this.#prompts.set(name, prompt)
    return prompt
  }

  /** One run of the model. A prompt that left the cache while its rows waited is read again; where that fails, only they do. */
  async #run(rows: QueuedRow[]): Promise<Reply<Answer>[]> {
    const names = [...new Set(rows.map(({ prompt }) => prompt))]
    const prompts = new Map(await Promise.all(names.map(async (name) => [name, await reply(() => this.#prompt(name))] as const)))
    const ready = rows.flatMap((row) => {
      const prompt = prompts.get(row.prompt)
      return prompt?.ok ? [{ row, prompt: prompt.value.ready }] : []
    })
    const tasks = names.filter((name) => prompts.get(name)?.ok).length
    const begun = Date.now()
    const hidden = ready.length === 0 ? [] : await this.#hidden(ready, tasks === 1)
    this.#runs += 1
    this.#rows += ready.length
    const batch = { id: `${this.#id}-${this.#runs}`, rows: ready.length, tasks }
    let next = 0
    return Promise.all(
      rows.map((row) => {
        const prompt = prompts.get(row.prompt) as Reply<Prompt>
        if (!prompt.ok) return prompt
        const vector = hidden[next++] as Float32Array
        return reply(async () => ({ ...prompt.value.answer(row, vector), batch: { ...batch, waitedMs: begun - row.arrived } }))
      }),
    )
  }

  /** The hidden state [H] of each row behind its prompt, which is one for all where `shared`. */
  async #hidden(ready: readonly { row: QueuedRow; prompt: ReadyPrompt }[], shared: boolean): Promise<Float32Array[]> {
    const model = await this.#model()
    const rows = ready.map(({ row }) => row)
    const prompts = ready.map(({ prompt }) => prompt)
    const start = Date.now()
    const hidden = await model.hidden(rows, shared ? prompts.slice(0, 1) : prompts)
    const positions = rows.length * Math.max(...rows.map(({ inputIds }) => roundUp(inputIds.length)))
    void arrivals().then(() => this.#pace.tell(positions, Date.now() - start)) // the clock stands still while work holds the thread
    return hidden
  }
}
