import type { Row } from '../../shared/engine/families/family.ts'
import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import { readRows } from '../evaluate/score.ts'

/** The most that is kept, in bytes of features. */
const maxKept = 2 ** 27

/** What a frozen model makes of texts without a prompt, [H] a text: computed once for all tasks that have the text, as far as there is room. */
export class TextFeatures {
  readonly #frozen: FrozenModel
  readonly #kept = new Map<string, Float32Array>()
  readonly #maxTexts: number
  #last: Promise<unknown> = Promise.resolve()

  constructor(frozen: FrozenModel) {
    this.#frozen = frozen
    this.#maxTexts = maxKept / (4 * frozen.card.sizes.hidden)
  }

  /** The features of every row, in the order given. Throws `interrupted` when `signal` aborts. */
  of(rows: readonly Row[], signal: AbortSignal): Promise<Float32Array[]> {
    const features = this.#last.then(() => this.#read(rows, signal)) // what another is reading now is there then
    this.#last = features.catch(() => undefined)
    return features
  }

  async #read(rows: readonly Row[], signal: AbortSignal): Promise<Float32Array[]> {
    const keys = rows.map(({ inputIds }) => Array.from(inputIds).join())
    const found = new Map<string, Float32Array>()
    const missing = new Map<string, Row>()
    keys.forEach((key, n) => {
      const kept = this.#kept.get(key)
      if (kept === undefined) missing.set(key, rows[n] as Row)
      else found.set(key, kept)
    })
    const read = await readRows(this.#frozen, [...missing.values()], this.#frozen.unprompted, signal)
    for (const [i, key] of [...missing.keys()].entries()) {
      const features = (read[i] as Float32Array).slice() // not a view of its whole batch
      found.set(key, features)
      if (this.#kept.size < this.#maxTexts) this.#kept.set(key, features)
    }
    return keys.map((key) => found.get(key) as Float32Array)
  }
}
