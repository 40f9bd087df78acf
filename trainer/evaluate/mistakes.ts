import { setName } from '../data/example.ts'
import type { Predictions } from './predictions.ts'
import type { RightAnswer } from './right-answers.ts'
import { suspectedLabels } from './suspected-labels.ts'

/** A text that was answered wrong, with the probabilities of its label and of the answer; of several labels, as `setName` names them. */
export interface Mistake {
  readonly text: string
  readonly label: string
  readonly answer: string
  readonly ofLabel: number
  readonly ofAnswer: number
}

const maxMistakes = 30
/** Characters of a text that are kept. */
const maxText = 500

/** What was answered wrong, the surest first, and no more than people look at. `labels` [C] are the names of the labels, `texts` [N] what was answered. */
export function mistakesOf(predictions: Predictions, labels: readonly string[], texts: readonly string[]): Mistake[] {
  return namedMistakes(predictions, labels, texts, maxMistakes).map((mistake) => ({ ...mistake, text: beginning(mistake.text) }))
}

/** The `most` of them that are surest, with their whole texts. */
export function namedMistakes(predictions: Predictions, labels: readonly string[], texts: readonly string[], most: number): Mistake[] {
  const name = (answer: RightAnswer) =>
    typeof answer === 'number' ? (labels[answer] as string) : setName(answer.map((c) => labels[c] as string))
  return suspectedLabels(predictions, most).map(({ row, label, answer, ofLabel, ofAnswer }) => ({
    ...{ text: texts[row] as string, label: name(label), answer: name(answer) },
    ...{ ofLabel, ofAnswer },
  }))
}

function beginning(text: string): string {
  return text.length <= maxText ? text : `${text.slice(0, maxText - 1).replace(/[\uD800-\uDBFF]$/, '')}…` // no half of a pair
}
