import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import type { Session } from '../../shared/engine/session.ts'
import type { Store } from '../../shared/engine/store.ts'
import { openStored, type Room, readModel, type StoredModel } from '../../shared/engine/stored-model.ts'
import { modelBytes } from '../../shared/formats/model-card.ts'
import { ByteCache } from './byte-cache.ts'

/** Where models are kept open. */
export interface ModelPlace {
  /** The door to ONNX Runtime. */
  open(model: StoredModel): Promise<Session>
  readonly room: Room
}

/** The open models of a process. Only finished ones are shared; the work of loading belongs to the request that began it, and ends with it. */
export class ResidentModels {
  readonly #place: ModelPlace
  readonly #max: number
  readonly #open: ByteCache<FrozenModel>
  readonly #closing = new Set<Promise<void>>()

  /** Of at most `max` bytes together. */
  constructor(max: number, place: ModelPlace) {
    this.#max = max
    this.#place = place
    this.#open = new ByteCache<FrozenModel>(max, (model) => {
      const closing: Promise<void> = model
        .close()
        .catch((error) => console.error(error))
        .finally(() => this.#closing.delete(closing))
      this.#closing.add(closing)
    })
  }

  get(model: string): FrozenModel | undefined {
    const open = this.#open.get(model)
    if (open?.ended !== true) return open
    this.#open.drop(model) // so that it is loaded again
    return undefined
  }

  /** Loads `model` from the store and keeps it, in place of the least recently used where both do not fit. */
  async load(store: Store, model: string): Promise<FrozenModel> {
    const stored = await readModel(store, model, this.#max, this.#place.room)
    const loaded = this.get(model) // by another host, meanwhile
    if (loaded !== undefined) return loaded
    this.#open.makeRoom(modelBytes(stored.card))
    const opened = await openStored(stored, (model) => this.#place.open(model))
    const first = this.get(model)
    if (first !== undefined) {
      await opened.close() // the other host's may be in use
      return first
    }
    this.#open.set(model, opened)
    return opened
  }

  /** Closes all, and ends once they are closed. */
  async close(): Promise<void> {
    this.#open.makeRoom(Number.POSITIVE_INFINITY)
    await Promise.all(this.#closing)
  }
}
