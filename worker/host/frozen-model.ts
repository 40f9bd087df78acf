import {
  batchInputs,
  inputNames,
  type Prefix,
  pastNames,
  prefixFromOutputs,
  prefixInputs,
  presentNames,
  type Row,
} from '../../shared/engine/families/decoder.ts'
import { SoftPromptError } from '../../shared/error.ts'
import { type ModelCard, modelBytes } from '../../shared/formats/model-card.ts'
import { type FloatTensor, floatOutput } from '../../shared/tensor.ts'
import { type Encode, loadTokenizer } from '../../shared/text/template.ts'
import { createSession, type Session } from '../runtimes/workerd.ts'
import type { ModelPackage } from '../store/model-files.ts'

/** A model package with its ONNX session open. */
export class FrozenModel {
  readonly card: ModelCard
  readonly encode: Encode
  readonly bytes: number
  readonly #session: Session

  private constructor(card: ModelCard, encode: Encode, session: Session) {
    this.card = card
    this.encode = encode
    this.bytes = modelBytes(card)
    this.#session = session
  }

  /** Throws `invalid_model` where ONNX Runtime refuses the graph, or the tokenizer is none. */
  static async open({ card, tokenizer, graph, weights }: ModelPackage): Promise<FrozenModel> {
    const encode = loadTokenizer(tokenizer, `model ${card.name}/tokenizer.json`, card.sizes.vocabulary)
    let session: Session
    try {
      session = await createSession(graph, weights)
    } catch (cause) {
      throw new SoftPromptError(
        'invalid_model',
        `Cannot load model ${card.name}: ONNX Runtime refuses its graph (${(cause as Error).message}). Import it again.`,
        { cause },
      )
    }
    const wanted = [...inputNames, ...pastNames(card.sizes)].sort()
    if (wanted.join() === [...session.inputs].sort().join()) return new FrozenModel(card, encode, session)
    await session.release()
    throw new SoftPromptError(
      'invalid_model',
      `Cannot load model ${card.name}: its graph takes ${session.inputs.length} inputs, and its card, of ${card.sizes.layers} layers, promises ${wanted.length}. Import it again.`,
    )
  }

  /** The output at each row's answer position: B vectors [H]. */
  async hidden(rows: readonly Row[]): Promise<Float32Array[]> {
    const outputs = await this.#session.run(batchInputs(rows, this.card.sizes), ['hidden'])
    const { data } = floatOutput(outputs, 'hidden') // [B, 1, H]
    const H = this.card.sizes.hidden
    return rows.map((_, b) => data.subarray(b * H, (b + 1) * H))
  }

  /** The keys and values of the virtual tokens whose vectors are `promptTable` [P, H]. */
  async compile(promptTable: FloatTensor): Promise<Prefix> {
    const { sizes } = this.card
    const outputs = await this.#session.run(prefixInputs(promptTable, sizes), presentNames(sizes))
    return prefixFromOutputs(outputs, promptTable.dims[0] as number, sizes)
  }

  close(): Promise<void> {
    return this.#session.release()
  }
}
