import type { AnswerRule } from '../../shared/engine/heads/read-answer.ts'
import { reaches } from '../../shared/engine/heads/thresholds.ts'
import { argmax, softmax } from '../../shared/engine/scores.ts'
import { type ConfusionMatrix, confusionMatrix } from './confusion-matrix.ts'
import type { RightAnswer } from './right-answers.ts'

/** What was answered to N texts, and what was right. */
export type Predictions = OneLabel | SeveralLabels

/** Each text has one label. */
export interface OneLabel {
  readonly several: false
  /** Of each label, [N, C]. */
  readonly probabilities: readonly ArrayLike<number>[]
  /** The most probable label, [N]. */
  readonly answers: readonly number[]
  /** Whether each answer is not given, since it does not reach its threshold, [N]; null where all are given. */
  readonly withheld: readonly boolean[] | null
  /** The label that is right, [N]. */
  readonly labels: readonly number[]
  /** C */
  readonly classes: number
  /** Of `answers` against `labels`. Counted when it is asked for: where labels are many, it is large. */
  readonly confusion: ConfusionMatrix
}

/** Each text has any number of labels. */
interface SeveralLabels {
  readonly several: true
  /** Of each label, [N, C]. */
  readonly probabilities: readonly ArrayLike<number>[]
  /** The labels that are given, ascending, [N]. */
  readonly answers: readonly (readonly number[])[]
  /** Those that are right, ascending, [N]. */
  readonly labels: readonly (readonly number[])[]
  /** C */
  readonly classes: number
}

/** How scores are read. */
export type AnswerReading = Pick<AnswerRule, 'several' | 'probabilities' | 'given'> & Partial<Pick<AnswerRule, 'thresholds'>>

/** The label of the largest score, whatever its probability. */
const plainly: AnswerReading = {
  several: false,
  probabilities: (scores) => softmax(scores),
  given: (probabilities) => [argmax(probabilities)],
}

/** What `scores` [N, C] answer, against what is `right` [N]. `reading` is how the prompt answers. */
export function predictionsOf(
  scores: readonly ArrayLike<number>[],
  right: readonly RightAnswer[],
  classes: number,
  reading: AnswerReading = plainly,
): Predictions {
  const probabilities = scores.map((row) => reading.probabilities(row))
  if (reading.several) {
    const given = probabilities.map((row) => reading.given(row).sort((a, b) => a - b))
    return severalGiven(probabilities, given, right, classes)
  }
  const answers = scores.map((row) => argmax(row))
  const { thresholds } = reading
  const withheld = thresholds === undefined ? null : answers.map((c, n) => !reaches(thresholds, c, probabilities[n]?.[c] as number))
  return oneLabel(probabilities, answers, right.map(alone), classes, withheld)
}

/** Predictions of several labels a text, of which these were `given`, those of each text ascending, [N]. */
export function severalGiven(
  probabilities: Predictions['probabilities'],
  given: readonly (readonly number[])[],
  right: readonly RightAnswer[],
  classes: number,
): SeveralLabels {
  return { several: true, probabilities, answers: given, labels: right.map(inSets), classes }
}

/** Predictions of one label a text. */
export function oneLabel(
  probabilities: OneLabel['probabilities'],
  answers: readonly number[],
  labels: readonly number[],
  classes: number,
  withheld: OneLabel['withheld'] = null,
): OneLabel {
  let counted: ConfusionMatrix | undefined
  return {
    ...{ several: false, probabilities, answers, withheld, labels, classes },
    get confusion() {
      counted ??= confusionMatrix(answers, labels, classes)
      return counted
    },
  }
}

/** Whether each text gets an answer that is right, [N]. */
export function rightlyAnswered(predictions: Predictions): boolean[] {
  const right = rightRows(predictions)
  return predictions.several || predictions.withheld === null ? right : right.map((each, n) => each && !predictions.withheld?.[n])
}

/** Whether each text's answer, given or not, is just right, [N]. */
export function rightRows(predictions: Predictions): boolean[] {
  if (!predictions.several) return predictions.answers.map((answer, n) => answer === predictions.labels[n])
  return predictions.answers.map((given, n) => {
    const right = predictions.labels[n] as readonly number[]
    return given.length === right.length && given.every((c, i) => c === right[i])
  })
}

/** The predictions of some of the rows, each as often as it is named. */
export function predictionsOfRows(predictions: Predictions, rows: ArrayLike<number>): Predictions {
  const taken = <Value>(values: readonly Value[]) => {
    const some = new Array<Value>(rows.length)
    for (let n = 0; n < rows.length; n++) some[n] = values[rows[n] as number] as Value // Array.from takes some times as long
    return some
  }
  const probabilities = taken(predictions.probabilities)
  if (predictions.several) return { ...predictions, probabilities, answers: taken(predictions.answers), labels: taken(predictions.labels) }
  const { answers, labels, classes, withheld } = predictions
  return oneLabel(probabilities, taken(answers), taken(labels), classes, withheld && taken(withheld))
}

function inSets(right: RightAnswer): readonly number[] {
  return typeof right === 'number' ? [right] : right
}

/** The only label that is right. */
export function alone(right: RightAnswer): number {
  if (typeof right === 'number') return right
  throw new Error('a text has several labels where it is given one')
}
