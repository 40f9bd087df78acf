import { type Comparison, compareFigures } from './compared-figures.ts'
import { pairedDifference } from './interval.ts'
import { mcnemarTest } from './mcnemar.ts'
import { type Predictions, rightRows } from './predictions.ts'

/** Where two answered the same rows otherwise. */
export interface Disagreement {
  /** The rows that got another label, in their order. */
  readonly rows: readonly number[]
  /** The largest difference of a probability, of any label in any row. */
  readonly largest: number
}

/** `a` and `b` are of the same rows and count labels alike. */
export function disagreement(a: Predictions, b: Predictions): Disagreement {
  const rows = a.answers.flatMap((answer, n) => (String(answer) === String(b.answers[n]) ? [] : [n])) // a label's index, or several
  let largest = 0
  a.probabilities.forEach((row, n) => {
    const other = b.probabilities[n] as ArrayLike<number>
    for (let c = 0; c < row.length; c++) largest = Math.max(largest, Math.abs((row[c] as number) - (other[c] as number)))
  })
  return { rows, largest }
}

/** How much better one of two is on the same rows. */
export interface ComparedAnswers {
  /** How many rows are right in both, in one alone, in none. */
  readonly right: { readonly both: number; readonly onlyA: number; readonly onlyB: number; readonly neither: number }
  /** Of the exact McNemar test. */
  readonly p: number
  /** By how much the accuracy of `a` is the larger one. */
  readonly difference: Comparison
  /** By how much its micro-F1 is, where a text may have several labels; else null. */
  readonly microF1: Comparison | null
}

/** `a` and `b` are of the same rows and count labels alike. */
export function compareAnswers(a: Predictions, b: Predictions): ComparedAnswers {
  const [rightA, rightB] = [rightRows(a), rightRows(b)]
  const rows = (inA: boolean, inB: boolean) => rightA.filter((each, n) => each === inA && rightB[n] === inB).length
  const counts = { both: rows(true, true), onlyA: rows(true, false), onlyB: rows(false, true), neither: rows(false, false) }
  return {
    ...{ right: counts, p: mcnemarTest(counts.onlyA, counts.onlyB) },
    difference: { metric: 'accuracy', ...pairedDifference(rightA, rightB) },
    microF1: a.several ? compareFigures(a, b) : null,
  }
}
