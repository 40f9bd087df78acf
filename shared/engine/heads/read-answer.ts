import { excerpt, SoftPromptError } from '../../error.ts'
import { checkCard } from '../../formats/card.ts'
import type { PromptCard } from '../../formats/prompt-card.ts'
import { argmax } from '../scores.ts'
import type { Head, Thresholds } from './head.ts'
import * as table from './table.ts'
import { reaches } from './thresholds.ts'

const heads: Readonly<Record<string, Head>> = table

/** How scores become an answer. */
export interface AnswerRule {
  readonly temperature: number
  /** Whether a text may have several labels. */
  readonly several: boolean
  /** [C]; null for a label that is never given. Undefined where the most probable is given whatever its probability. */
  readonly thresholds: Thresholds | undefined
  /** [C] → [C] */
  probabilities(scores: ArrayLike<number>): number[]
  /** The labels that are given at these probabilities [C], the most probable first. */
  given(probabilities: ArrayLike<number>): number[]
}

/**
 * What a card's `answer` makes of the scores of `classes` labels. Throws where its type or version is not known, or it has not a threshold for
 * each label; `where` names the package.
 */
export function readAnswer(answer: PromptCard['answer'], classes: number, where: string): AnswerRule {
  const head = Object.hasOwn(heads, answer.type) ? heads[answer.type] : undefined
  const refuse = (what: string, known: string) =>
    new SoftPromptError(
      'unsupported',
      `Cannot load ${where}: its answer is of ${what}, and ${known} supported here. The package may come from a newer softprompt.`,
    )
  if (head === undefined) throw refuse(`type ${excerpt(answer.type)}`, `${Object.keys(heads).join(', ')} are`)
  if (!head.versions.includes(answer.version))
    throw refuse(
      `type ${answer.type}, version ${answer.version}`,
      `version${head.versions.length > 1 ? 's' : ''} ${head.versions.join(' and ')} ${head.versions.length > 1 ? 'are' : 'is'}`,
    )
  const settings = checkCard(head.schema, answer, `the answer of ${where}`, 'invalid_prompt')
  const thresholds = head.thresholds(settings)
  if (thresholds !== undefined && thresholds.length !== classes)
    throw new SoftPromptError(
      'invalid_prompt',
      `Cannot load ${where}: its answer has ${thresholds.length} thresholds for ${classes} labels. Make the package again.`,
    )
  return {
    temperature: head.temperature(settings),
    several: head.several,
    thresholds,
    probabilities: (scores) => head.probabilities(scores, settings),
    given(probabilities) {
      const asked = head.several ? [...Array(classes).keys()] : [argmax(probabilities)]
      const given = asked.filter((c) => reaches(thresholds, c, probabilities[c] as number))
      return given.sort((a, b) => (probabilities[b] as number) - (probabilities[a] as number))
    },
  }
}
