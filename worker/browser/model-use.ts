import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import type { Prompt } from '../../shared/engine/prompt.ts'
import type { Store } from '../../shared/engine/store.ts'
import { openStored, type Room, readModel } from '../../shared/engine/stored-model.ts'
import { unlessAborted } from '../../shared/unless-aborted.ts'
import { Batcher } from '../host/batcher.ts'
import { type RowSize, rowChoice } from '../host/row-choice.ts'
import { textShares } from '../host/text-shares.ts'
import { type Reply, reply, unwrap } from '../reply.ts'
import type { BrowserAnswer, Device } from './api.ts'
import { requireRuntime } from './runtime-files.ts'
import type { Traffic } from './traffic.ts'

/** A model package, and where it runs. */
export interface PlacedModel {
  /** SHA-256 of the package. */
  readonly model: string
  readonly device: Device
  /** Of WebAssembly. */
  readonly threads: number
}

/** A row in the queue, with the prompt that answers it. */
interface QueuedRow extends RowSize {
  readonly inputIds: readonly number[]
  readonly truncated: boolean
  readonly name: string
  readonly prompt: Prompt
}

interface SharedModel {
  readonly opened: Promise<FrozenModel>
  readonly batcher: Batcher<QueuedRow, Reply<BrowserAnswer>>
  readonly placement: PlacedModel
  /** Who loads it: where that is given up, another does. */
  readonly traffic: Traffic
  users: number
}

/** A batch is no larger than in the Worker: what runs can't be taken back, and what comes meanwhile waits. */
const batchSize = { maxRows: 16, maxTokens: 512 }
/** No model that a page can hold is larger: the memory of WebAssembly ends at 4 GB, and holds the weights twice for a moment. */
const maxModelBytes = 2 ** 31 - 1
const page: Room = {
  place: "a page's memory",
  remedy: 'Publish it in a smaller weight format, take a smaller model, or ask the service for the answers.',
}

/** The open models, by package and device. */
const models = new Map<string, SharedModel>()
let runs = 0
const engineId = crypto.randomUUID().slice(0, 8)

/** A task's use of a model, which tasks on the same package share: it is loaded once, and closed when the last of them ends. */
export class ModelUse {
  readonly placement: PlacedModel
  readonly frozen: FrozenModel
  readonly #shared: SharedModel

  private constructor(shared: SharedModel, frozen: FrozenModel) {
    this.placement = shared.placement
    this.frozen = frozen
    this.#shared = shared
  }

  static async begin(placement: PlacedModel, store: Pick<Store, 'read'>, traffic: Traffic): Promise<ModelUse> {
    for (;;) {
      const shared = share(placement, store, traffic)
      shared.users++
      try {
        return new ModelUse(shared, await unlessAborted(traffic.signal, shared.opened))
      } catch (error) {
        await leave(shared)
        if (traffic.signal.aborted || !shared.traffic.signal.aborted) throw error
      }
    }
  }

  /** The answers to `texts` by `prompt`, which is known by its `name`. */
  async answers(name: string, prompt: Prompt, texts: readonly string[], signal: AbortSignal): Promise<BrowserAnswer[]> {
    const rows: QueuedRow[] = []
    const shared = textShares(signal)
    for (const text of texts) {
      rows.push({ name, prompt, promptLength: prompt.length, ...prompt.row(text) })
      const full = shared(text.length)
      if (full !== null) await full
    }
    return (await this.#shared.batcher.add(rows, signal)).map(unwrap)
  }

  end(): Promise<void> {
    return leave(this.#shared)
  }
}

/** The model of `placement`: the one that is there, or one that begins to load. */
function share(placement: PlacedModel, store: Pick<Store, 'read'>, traffic: Traffic): SharedModel {
  const key = keyOf(placement)
  const known = models.get(key)
  if (known !== undefined && !(known.traffic.signal.aborted && known.users === 0)) {
    known.traffic.tellToo(traffic)
    return known
  }
  const opened = open(placement, store, traffic)
  const batcher = new Batcher<QueuedRow, Reply<BrowserAnswer>>(async (rows) => run(await opened, rows), rowChoice(batchSize))
  const shared: SharedModel = { opened, batcher, placement, traffic, users: 0 }
  models.set(key, shared)
  opened.catch(() => forget(shared)) // the next who wants it tries again
  return shared
}

async function open({ model, device, threads }: PlacedModel, store: Pick<Store, 'read'>, traffic: Traffic): Promise<FrozenModel> {
  const [runtime, stored] = await Promise.all([requireRuntime(device, threads, traffic), readModel(store, model, maxModelBytes, page)])
  traffic.signal.throwIfAborted()
  return openStored(stored, ({ graph, weights }) => runtime.open(graph, weights))
}

async function leave(shared: SharedModel): Promise<void> {
  if (--shared.users > 0) return
  forget(shared)
  await shared.opened.then(
    (frozen) => frozen.close(),
    () => {}, // there is nothing to close
  )
}

function forget(shared: SharedModel): void {
  const key = keyOf(shared.placement)
  if (models.get(key) === shared) models.delete(key)
}

function keyOf({ model, device }: PlacedModel): string {
  return `${model} ${device}`
}

/** One run of the model, for rows of any of its tasks. */
async function run(model: FrozenModel, rows: readonly QueuedRow[]): Promise<Reply<BrowserAnswer>[]> {
  const tasks = new Set(rows.map(({ name }) => name)).size
  const start = performance.now()
  const prompts = tasks === 1 ? rows.slice(0, 1) : rows
  const hidden = await model.hidden(
    rows,
    prompts.map(({ prompt }) => prompt.ready),
  )
  const batch = { id: `${engineId}-${++runs}`, rows: rows.length, tasks, milliseconds: performance.now() - start }
  return Promise.all(rows.map((row, index) => reply(async () => ({ ...row.prompt.answer(row, hidden[index] as Float32Array), batch }))))
}
