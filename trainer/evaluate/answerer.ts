import type { ReadyPrompt, Row } from '../../shared/engine/families/family.ts'
import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import { Prompt } from '../../shared/engine/prompt.ts'
import { labelScores, softmax } from '../../shared/engine/scores.ts'
import { usualRowTokens } from '../../shared/formats/limits.ts'
import type { PromptFiles } from '../../shared/formats/prompt-package.ts'
import { compileTemplate } from '../../shared/text/template.ts'
import { verbalize } from '../data/labels.ts'
import { requireArchitecture } from '../import/architectures/require-architecture.ts'
import type { OpenedModel } from '../import/open-model.ts'
import { wordHead } from '../import/word-head.ts'

/** How texts are put to one model, and its answers read. */
export interface Answerer {
  row(text: string): Row
  readonly ready: ReadyPrompt
  /** The probability of each label, [C], from the `hidden` [H] of one row. */
  probabilities(hidden: Float32Array): number[]
}

/** The same question to any package of a base. */
export type Question = (model: { readonly opened: OpenedModel; readonly frozen: FrozenModel }) => Promise<Answerer>

/** A prompt's answers. Its base is held against each model's. */
export function promptQuestion(files: PromptFiles, where: string): Question {
  return async ({ frozen }) => {
    const prompt = await Prompt.load(files, where, frozen)
    return { row: (text) => prompt.row(text), ready: prompt.ready, probabilities: (hidden) => prompt.probabilities(prompt.scores(hidden)) }
  }
}

/** What the model alone answers, by the words of `labels`. */
export function zeroShotQuestion(labels: readonly string[]): Question {
  return async ({ opened, frozen }) => {
    const { card, encode } = opened
    const head = await wordHead({ opened, frozen }, verbalize(labels, {}, encode))
    const { template } = requireArchitecture(card).defaults
    const row = compileTemplate(template, encode, card.tokens, Math.min(usualRowTokens, card.sizes.context))
    return { row, ready: frozen.unprompted, probabilities: (hidden) => softmax(labelScores(hidden, head)) }
  }
}
