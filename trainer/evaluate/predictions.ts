import { argmax, softmax } from '../../shared/engine/scores.ts'
import { type ConfusionMatrix, confusionMatrix } from './confusion-matrix.ts'

/** What was answered to N texts, and what was right. */
export interface Predictions {
  /** Of each label, [N, C]. */
  readonly probabilities: readonly ArrayLike<number>[]
  /** The label that was given, [N]. */
  readonly answers: readonly number[]
  /** The label that is right, [N]. */
  readonly labels: readonly number[]
  /** Of `answers` against `labels`. */
  readonly confusion: ConfusionMatrix
}

/** What `scores` [N, C] answer, against `labels` [N]: the label of the largest. `probabilities` is how the prompt answers: scores [C] → [C]. */
export function predictionsOf(
  scores: readonly ArrayLike<number>[],
  labels: readonly number[],
  classes: number,
  probabilities: (scores: ArrayLike<number>) => number[] = softmax,
): Predictions {
  const answers = scores.map(argmax)
  return { probabilities: scores.map((row) => probabilities(row)), answers, labels, confusion: confusionMatrix(answers, labels, classes) }
}

/** The predictions of some of the rows, each as often as it is named. */
export function predictionsOfRows({ probabilities, answers, labels, confusion }: Predictions, rows: ArrayLike<number>): Predictions {
  const taken = <Value>(values: readonly Value[]) => {
    const some = new Array<Value>(rows.length)
    for (let n = 0; n < rows.length; n++) some[n] = values[rows[n] as number] as Value // Array.from takes some times as long
    return some
  }
  const [given, right] = [taken(answers), taken(labels)]
  return { probabilities: taken(probabilities), answers: given, labels: right, confusion: confusionMatrix(given, right, confusion.length) }
}
