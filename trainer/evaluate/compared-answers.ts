import { type Comparison, compareFigures } from './compared-figures.ts'
import { pairedDifference } from './interval.ts'
import { mcnemarTest } from './mcnemar.ts'
import { type Predictions, rightlyAnswered } from './predictions.ts'

/** Where two answered the same rows otherwise. */
export interface Disagreement {
  /** The rows that got another label, in their order. */
  readonly rows: readonly number[]
  /** The largest difference of a probability, of any label in any row. */
  readonly largest: number
}

/** `a` and `b` are of the same rows and count labels alike. An answer that is withheld is another than one that is given. */
export function disagreement(a: Predictions, b: Predictions): Disagreement {
  const [givenA, givenB] = [given(a), given(b)]
  const rows = givenA.flatMap((answer, n) => (answer === givenB[n] ? [] : [n]))
  let largest = 0
  a.probabilities.forEach((row, n) => {
    const other = b.probabilities[n] as ArrayLike<number>
    for (let c = 0; c < row.length; c++) largest = Math.max(largest, Math.abs((row[c] as number) - (other[c] as number)))
  })
  return { rows, largest }
}

/** What each row is given, so that what is given alike is equal: a label's index, or several, or null. */
function given(predictions: Predictions): string[] {
  return predictions.answers.map((answer, n) => (!predictions.several && predictions.withheld?.[n] ? 'null' : String(answer)))
}

/** How much better one of two is on the same rows. */
export interface ComparedAnswers {
  /** How many rows are answered rightly by both, by one alone, by none: an answer that is withheld is not right. */
  readonly right: { readonly both: number; readonly onlyA: number; readonly onlyB: number; readonly neither: number }
  /** Of the exact McNemar test. */
  readonly p: number
  /** By how much more of the rows `a` answers rightly: where all are answered, that is the accuracy. */
  /** `answeredRightly` is the share of the texts that get an answer which is right. */
  readonly difference: Comparison<'accuracy' | 'answeredRightly'>
  /** By how much its micro-F1 is, where a text may have several labels; else null. */
  readonly microF1: Comparison | null
}

/** `a` and `b` are of the same rows and count labels alike. */
export function compareAnswers(a: Predictions, b: Predictions): ComparedAnswers {
  const [rightA, rightB] = [rightlyAnswered(a), rightlyAnswered(b)]
  const rows = (inA: boolean, inB: boolean) => rightA.filter((each, n) => each === inA && rightB[n] === inB).length
  const counts = { both: rows(true, true), onlyA: rows(true, false), onlyB: rows(false, true), neither: rows(false, false) }
  return {
    ...{ right: counts, p: mcnemarTest(counts.onlyA, counts.onlyB) },
    difference: { metric: withholds(a) || withholds(b) ? 'answeredRightly' : 'accuracy', ...pairedDifference(rightA, rightB) },
    microF1: a.several ? compareFigures(a, b, 'microF1') : null,
  }
}

function withholds(predictions: Predictions): boolean {
  return !predictions.several && predictions.withheld !== null
}
