import { excerpt, SoftPromptError } from '../error.ts'
import { type ModelCard, modelBytes } from '../formats/model-card.ts'
import { type StoredPrompt, virtualTokens } from '../formats/peft.ts'
import type { Prefix } from '../formats/prefix.ts'
import { type FloatTensor, floatOutput } from '../tensor.ts'
import type { Encode } from '../text/tokenizer.ts'
import type { Family, Placement, ReadyPrompt, Row } from './families/family.ts'
import { familyOf } from './families/family-of.ts'
import { gatherPrefix } from './families/key-values.ts'
import type { Session } from './session.ts'

/** A model package with its ONNX session open. Its weights never change. */
export class FrozenModel {
  readonly card: ModelCard
  readonly encode: Encode
  readonly family: Family
  /** Of its files. */
  readonly bytes: number
  readonly #session: Session

  private constructor(card: ModelCard, encode: Encode, family: Family, session: Session) {
    this.card = card
    this.encode = encode
    this.family = family
    this.bytes = modelBytes(card)
    this.#session = session
  }

  /** Throws `invalid_model` where ONNX Runtime refuses the graph or the graph is not of the card's family, `unsupported` where the family is not known. */
  static async open({ card, encode }: { card: ModelCard; encode: Encode }, openSession: () => Promise<Session>): Promise<FrozenModel> {
    const family = familyOf(card)
    const session = await openSession().catch((cause) => {
      if (cause instanceof SoftPromptError && cause.code !== 'invalid_model') throw cause // what is wrong is not the graph
      throw new SoftPromptError(
        'invalid_model',
        `Cannot load model ${card.name}: ONNX Runtime refuses its graph (${excerpt((cause as Error).message, 400)}). Import it again.`,
        { cause },
      )
    })
    const wanted = [...family.inputs(card.sizes)].sort()
    if (wanted.join() === [...session.inputs].sort().join()) return new FrozenModel(card, encode, family, session)
    await session.release()
    throw new SoftPromptError(
      'invalid_model',
      `Cannot load model ${card.name}: its graph takes ${session.inputs.length} inputs, and its card, of ${card.sizes.layers} layers, promises ${wanted.length}. Import it again.`,
    )
  }

  /** The model without a prompt: what a text is scored by where none was learned. */
  get unprompted(): ReadyPrompt {
    return { fed: null, positionOffset: 0, readout: this.card.readout }
  }

  /** What a package stores, as it is fed with each text. */
  async ready(stored: StoredPrompt, { positionOffset, readout }: Placement): Promise<ReadyPrompt> {
    return { fed: await this.#fed(stored), positionOffset, readout }
  }

  async #fed(stored: StoredPrompt): Promise<StoredPrompt | null> {
    if (virtualTokens(stored) === 0) return null
    if (stored.kind !== 'table' || this.family.kinds.table !== 'compiled') return stored
    return { kind: 'prefix', prefix: await this.compile(stored.table) }
  }

  /** The keys and values that the model makes of the virtual tokens whose vectors are `table` [P, H]. */
  async compile(table: FloatTensor): Promise<Prefix> {
    const { compilation } = this.family
    const { sizes } = this.card
    const names = compilation.outputs(sizes)
    const own = { ...table, data: table.data.slice() } // a session keeps what it is fed
    const outputs = await this.#session.run(compilation.feeds(own, sizes, this.#session.minPast), names)
    return gatherPrefix(outputs, names, table.dims[0] as number, sizes)
  }

  /** The wanted outputs of each row, after the final norm: B vectors [K · H]. `prompts` holds one a row, or one for all. */
  async hidden(rows: readonly Row[], prompts: readonly ReadyPrompt[]): Promise<Float32Array[]> {
    const feeds = this.family.feeds(rows, prompts, this.card.sizes, this.#session.minPast)
    const outputs = await this.#session.run(feeds, ['hidden'])
    const { data } = floatOutput(outputs, 'hidden') // [B, K, H]
    const length = data.length / rows.length
    return rows.map((_, b) => data.subarray(b * length, (b + 1) * length))
  }

  /** How many runs are computed at the same time. */
  get sideBySide(): number {
    return this.#session.sideBySide ?? 1
  }

  /** Whether its session can run nothing any more. */
  get ended(): boolean {
    return this.#session.ended === true
  }

  close(): Promise<void> {
    return this.#session.release()
  }
}
