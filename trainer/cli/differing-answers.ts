import { excerpt } from '../../shared/error.ts'
import type { Dataset } from '../data/dataset.ts'
import { setName } from '../data/example.ts'
import type { Predictions } from '../evaluate/predictions.ts'
import { columns } from './columns.ts'

/** Texts that are shown for people. */
const maxTexts = 20
const [textWidth, labelWidth] = [60, 24]

interface Answer {
  /** Or several as one, where a text may have several; null where it is withheld. */
  readonly label: string | null
  /** Of the label, given or not; of the likeliest where there are several, or none. */
  readonly probability: number
}

/** An example that two answered otherwise: its place in the file, from 0, and what either said. */
export interface DifferingAnswer {
  readonly example: number
  readonly text: string
  readonly label: string
  readonly answers: readonly [Answer, Answer]
}

/** The `rows` of a file's examples with the answers of two, which count `labels` alike. */
export function differingAnswers(
  rows: readonly number[],
  { examples }: Dataset,
  labels: readonly string[],
  [a, b]: readonly [Predictions, Predictions],
): DifferingAnswer[] {
  const answer = (predictions: Predictions, row: number): Answer => {
    const { answers, probabilities } = predictions
    const given = [answers[row] ?? []].flat()
    const withheld = !predictions.several && predictions.withheld?.[row] === true
    const [first] = given
    const shares = Array.from(probabilities[row] ?? [])
    return {
      label: withheld ? null : setName(given.map((c) => labels[c] as string)),
      probability: first !== undefined && given.length === 1 ? (shares[first] as number) : Math.max(...shares),
    }
  }
  return rows.map((row) => {
    const { text, label } = examples[row] as Dataset['examples'][number]
    return { example: row, text, label, answers: [answer(a, row), answer(b, row)] }
  })
}

/** The first of them for people, a line each. `names` are those of the two. */
export function differingTable(differing: readonly DifferingAnswer[], names: readonly [string, string]): string {
  const shown = ({ label, probability }: Answer) => `${label === null ? 'null' : excerpt(label, labelWidth)} ${probability.toFixed(2)}`
  const rows = differing
    .slice(0, maxTexts)
    .map(({ text, label, answers: [a, b] }) => [
      ...[excerpt(label, labelWidth), shown(a), shown(b)],
      excerpt(text.replaceAll(/\s+/g, ' ').trim(), textWidth),
    ])
  const rest = differing.length - rows.length
  return [columns(['label', ...names, 'text'], rows), ...(rest > 0 ? [`and ${rest} more (--json has all)`] : [])].join('\n')
}
