import type { Prefix, Row } from '../../shared/engine/families/decoder.ts'
import { labelScores, requireFinite, softmax } from '../../shared/engine/scores.ts'
import type { ModelCard } from '../../shared/formats/model-card.ts'
import type { PromptCard } from '../../shared/formats/prompt-card.ts'
import { type PromptFiles, type PromptPackage, readPromptPackage } from '../../shared/formats/prompt-package.ts'
import type { FloatTensor } from '../../shared/tensor.ts'
import { compileTemplate, type Encode, type EncodedText } from '../../shared/text/template.ts'

export interface ServedRow extends Row {
  /** Whether the text lost its end to fit. */
  readonly truncated: boolean
}

/** What a prompt is loaded for. */
export interface Base {
  readonly model: ModelCard
  readonly encode: Encode
  /** The prefix of `promptTable` [P, H]. */
  readonly compile: (promptTable: FloatTensor) => Promise<Prefix>
  /** The most tokens of a row here, whatever a prompt's card allows. */
  readonly maxRowTokens: number
}

/** A prompt ready to answer: its prefix compiled, its template tokenised. */
export class ServedPrompt {
  readonly card: PromptCard
  /** What keeping it takes, near enough. */
  readonly bytes: number
  readonly prefix: Prefix
  readonly #labelRows: Float32Array // [C, H]
  readonly #encode: (text: string) => EncodedText
  /** Whether rows are shorter here than in training. */
  readonly #shortened: boolean

  private constructor(
    { card, labelRows }: PromptPackage,
    prefix: Prefix,
    encode: (text: string) => EncodedText,
    { cardBytes, shortened }: { cardBytes: number; shortened: boolean },
  ) {
    this.card = card
    this.bytes = prefix.keyValues.byteLength + labelRows.byteLength + 2 * cardBytes
    this.prefix = prefix
    this.#labelRows = labelRows
    this.#encode = encode
    this.#shortened = shortened
  }

  /** Throws where a file is wrong, or the prompt is for another base model; `where` names the prompt then. */
  static async load(files: PromptFiles, where: string, { model, encode, compile, maxRowTokens }: Base): Promise<ServedPrompt> {
    const loaded = await readPromptPackage(files, model, where)
    const { card, parameters } = loaded
    for (const warning of loaded.warnings) console.warn(warning)
    const maxTokens = Math.min(card.maxTokens, maxRowTokens)
    const encodeText = compileTemplate(card.template, encode, model.tokens, maxTokens)
    const prefix = parameters.method === 'prompt' ? await compile(parameters.promptTable) : parameters.prefix
    return new ServedPrompt(loaded, prefix, encodeText, { cardBytes: files['prompt.json'].length, shortened: maxTokens < card.maxTokens })
  }

  row(text: string): ServedRow {
    const { inputIds, truncated } = this.#encode(text)
    return { inputIds, answer: inputIds.length - 1, prefix: this.prefix, truncated }
  }

  /** The texts that the trainer has scored, but for those that lose their ends here and did not there. */
  selfTest(): { row: ServedRow; scores: readonly number[] }[] {
    const tested = this.card.selfTest.map(({ text, scores }) => ({ row: this.row(text), scores }))
    return tested.filter(({ row }) => !(row.truncated && this.#shortened))
  }

  /** The probability of each label, from the `hidden` [H] of one row. Throws where the prompt drives the model to numbers that are none. */
  probabilities(hidden: Float32Array): number[] {
    const scores = labelScores(hidden, this.#labelRows)
    requireFinite(scores, `prompt ${this.card.task}`)
    return softmax(scores, this.card.temperature)
  }
}
