import { excerpt, SoftPromptError } from '../../error.ts'
import { checkCard } from '../../formats/card.ts'
import type { PromptCard } from '../../formats/prompt-card.ts'
import type { Head } from './head.ts'
import * as table from './table.ts'

const heads: Readonly<Record<string, Head>> = table

/** How scores become an answer. */
export interface AnswerRule {
  readonly temperature: number
  /** [C] → [C] */
  probabilities(scores: ArrayLike<number>): number[]
}

/** What a card's `answer` makes of scores. Throws where its type or version is not known; `where` names the package. */
export function readAnswer(answer: PromptCard['answer'], where: string): AnswerRule {
  const head = Object.hasOwn(heads, answer.type) ? heads[answer.type] : undefined
  const refuse = (what: string, known: string) =>
    new SoftPromptError(
      'unsupported',
      `Cannot load ${where}: its answer is of ${what}, and ${known} supported here. The package may come from a newer softprompt.`,
    )
  if (head === undefined) throw refuse(`type ${excerpt(answer.type)}`, `${Object.keys(heads).join(', ')} are`)
  if (answer.version !== head.version) throw refuse(`type ${answer.type}, version ${answer.version}`, `version ${head.version} is`)
  const settings = checkCard(head.schema, answer, `the answer of ${where}`, 'invalid_prompt')
  return { temperature: head.temperature(settings), probabilities: (scores) => head.probabilities(scores, settings) }
}
