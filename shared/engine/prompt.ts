import { excerpt, SoftPromptError } from '../error.ts'
import type { ModelCard } from '../formats/model-card.ts'
import { promptValues, type StoredPrompt } from '../formats/peft.ts'
import type { PromptCard } from '../formats/prompt-card.ts'
import { type LabelHead, type PromptFiles, type PromptPackage, readPromptPackage } from '../formats/prompt-package.ts'
import { compileTemplate, type EncodedText } from '../text/template.ts'
import type { Encode } from '../text/tokenizer.ts'
import type { Family, Placement, ReadyPrompt } from './families/family.ts'
import { type AnswerRule, readAnswer } from './heads/read-answer.ts'
import { argmax, labelScores, requireFinite } from './scores.ts'

/** What a prompt is loaded for. */
export interface PromptBase {
  readonly card: ModelCard
  readonly encode: Encode
  readonly family: Family
  ready(stored: StoredPrompt, placement: Placement): Promise<ReadyPrompt>
}

/** What is answered to a text. */
export interface TextAnswer {
  /** The most probable label; null where the task has thresholds, and none is reached. */
  readonly label: string | null
  /** Of the most probable label, given or not. */
  readonly probability: number
  /** Where the task allows several: all that are given, the most probable first. */
  readonly labels?: readonly string[] | undefined
  readonly probabilities: Readonly<Record<string, number>>
  /** Whether the text lost its end to fit. */
  readonly truncated: boolean
  /** Of the row: the template and the model's own tokens with the text, the prompt not. */
  readonly tokens: number
}

/** A prompt ready to answer: its prefix compiled, its template tokenised. */
export class Prompt implements LabelHead {
  readonly card: PromptCard
  readonly ready: ReadyPrompt
  readonly labelRows: Float32Array
  readonly bias: Float32Array
  /** What is odd but allowed. */
  readonly warnings: readonly string[]
  /** Whether rows are shorter here than in training. */
  readonly shortened: boolean
  /** What keeping it takes, near enough. */
  readonly bytes: number
  readonly #encode: (text: string) => EncodedText
  readonly #answer: AnswerRule

  private constructor(
    { card, labelRows, bias, warnings }: PromptPackage,
    ready: ReadyPrompt,
    made: { encode: Prompt['row']; answer: AnswerRule; cardBytes: number; shortened: boolean },
  ) {
    this.card = card
    this.ready = ready
    this.labelRows = labelRows
    this.bias = bias
    this.warnings = warnings
    this.shortened = made.shortened
    const fedBytes = ready.fed === null ? 0 : promptValues(ready.fed).byteLength
    this.bytes = fedBytes + labelRows.byteLength + bias.byteLength + 2 * made.cardBytes
    this.#encode = made.encode
    this.#answer = made.answer
  }

  /**
   * Throws where a file is wrong, the prompt is for another base model, or it asks for what is not supported here; `where` names it then.
   * Rows have at most `maxRowTokens`, whatever the card allows.
   */
  static async load(files: PromptFiles, where: string, model: PromptBase, maxRowTokens = Number.POSITIVE_INFINITY): Promise<Prompt> {
    const loaded = await readPromptPackage(files, model.card, where)
    const { card } = loaded
    checkFamily(card, model, where)
    const answer = readAnswer(card.answer, card.labels.length, where)
    const maxTokens = Math.min(card.maxTokens, maxRowTokens)
    const encode = compileTemplate(card.template, model.encode, model.card.tokens, maxTokens)
    const ready = await model.ready(loaded.stored, card)
    return new Prompt(loaded, ready, {
      encode,
      answer,
      cardBytes: files['prompt.json'].length,
      shortened: maxTokens < card.maxTokens,
    })
  }

  /** P */
  get length(): number {
    return this.card.virtualTokens
  }

  /** How scores become an answer. */
  get rule(): AnswerRule {
    return this.#answer
  }

  /** The ids of a text in the template. */
  row(text: string): EncodedText {
    return this.#encode(text)
  }

  /** The score of each label, [C], from the `hidden` [H] of one row. Throws where the prompt drives the model to numbers that are not finite. */
  scores(hidden: Float32Array): Float64Array {
    const scores = labelScores(hidden, this)
    requireFinite(scores, `prompt ${this.card.task}`)
    return scores
  }

  /** The probability of each label, [C], from its scores. */
  probabilities(scores: ArrayLike<number>): number[] {
    return this.#answer.probabilities(scores)
  }

  /** The answer to a row, from its `hidden` [H]. Throws as `scores` does. */
  answer({ inputIds, truncated }: EncodedText, hidden: Float32Array): TextAnswer {
    const probabilities = this.probabilities(this.scores(hidden))
    const labels = this.card.labels.map(({ label }) => label)
    const given = this.#answer.given(probabilities).map((c) => labels[c] as string)
    return {
      label: given[0] ?? null,
      probability: probabilities[argmax(probabilities)] as number,
      ...(this.#answer.several && { labels: given }),
      probabilities: Object.fromEntries(labels.map((label, index) => [label, probabilities[index] as number])),
      truncated,
      tokens: inputIds.length,
    }
  }
}

function checkFamily({ kind, readout, positionOffset, virtualTokens }: PromptCard, { card, family }: PromptBase, where: string): void {
  const refuse = (why: string) =>
    new SoftPromptError('unsupported', `Cannot load ${where} into model ${card.name}, a ${card.family}: ${why}.`)
  if (!family.readouts.includes(readout))
    throw refuse(`its readout is ${excerpt(readout)}, and ${family.readouts.join(', ')} are supported here`)
  const offsets = family.positionOffsets(kind, virtualTokens)
  if (!offsets.includes(positionOffset))
    throw refuse(
      `its texts begin at position ${positionOffset}, and behind ${virtualTokens} virtual tokens they may begin at ${offsets.join(' or ')}`,
    )
}
