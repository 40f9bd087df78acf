import { excerpt } from '../../shared/error.ts'
import { namesOf } from '../../shared/names-of.ts'
import { printable } from '../../shared/printable.ts'
import { counted } from '../counted.ts'
import type { Dataset } from '../data/dataset.ts'
import { confusedPairs } from '../evaluate/confused-pairs.ts'
import type { EvaluationRecord } from '../evaluate/evaluation.ts'
import type { Interval } from '../evaluate/interval.ts'
import * as metrics from '../evaluate/metrics/table.ts'
import { abstainingText } from '../evaluate/report/abstaining.ts'
import { confusionTable } from '../evaluate/report/confusion.ts'
import { columns } from './columns.ts'

/** With more labels, those with the lowest F1 stand for all, and the most confused pairs for the matrix. */
const maxLabels = 24
const maxMatrix = 12
const maxPairs = 10
/** Characters of a label. */
const labelWidth = 40

/** What was measured on what, and what of it was cut. */
export function headingText(
  name: string,
  { file, examples }: Dataset,
  { labels, truncated }: { readonly labels: readonly string[]; readonly truncated: number },
): string {
  const cut = truncated === 0 ? [] : [`${counted(truncated, 'text')} lost the end to fit.`]
  return [
    `${printable(name)} on ${printable(file)}, ${counted(examples.length, 'example')} of ${counted(labels.length, 'label')}:`,
    ...cut,
  ].join('\n')
}

/** What is said of answers, for people: every figure with its interval, those of each label, and what is taken for what. */
export function evaluationText(evaluation: EvaluationRecord): string {
  const { abstaining } = evaluation
  return [
    figureTable(evaluation),
    ...(abstaining === undefined ? [] : [abstainingText(abstaining, 'the texts')]),
    labelTable(evaluation),
    ...confusions(evaluation),
  ].join('\n\n')
}

/** The figures of several evaluations of the same rows, a column each. */
export function figuresBeside(evaluations: readonly (readonly [name: string, evaluation: EvaluationRecord])[]): string {
  const rows = namesOf(metrics).map((name) => [
    metrics[name].label,
    ...evaluations.map(([, { metrics: values, intervals }]) => withInterval(values[name], intervals[name])),
  ])
  return columns(['', ...evaluations.map(([name]) => name)], rows)
}

/** A figure and, in brackets, its interval: `0.933 (0.905–0.953)`. */
export function withInterval(value: number | null | undefined, interval?: Interval): string {
  return interval === undefined ? shown(value) : `${shown(value)} (${shown(interval.low)}–${shown(interval.high)})`
}

function figureTable({ metrics: values, intervals }: EvaluationRecord): string {
  const rows = namesOf(metrics).map((name) => {
    const interval = intervals[name]
    return [metrics[name].label, shown(values[name]), interval === undefined ? '' : `${shown(interval.low)} to ${shown(interval.high)}`]
  })
  return columns(['figure', 'value', '95 % interval'], rows)
}

function labelTable({ byLabel, thresholds }: EvaluationRecord): string {
  const rows = byLabel.map((figures, c) => ({ ...figures, threshold: thresholds?.[c] }))
  const hardest = rows.length > maxLabels
  const listed = hardest ? rows.toSorted((a, b) => (a.f1 ?? 2) - (b.f1 ?? 2)).slice(0, maxLabels) : rows
  const table = columns(
    ['label', 'precision', 'recall', 'F1', 'examples', ...(thresholds === undefined ? [] : ['given from'])],
    listed.map(({ label, precision, recall, f1, support, threshold }) => [
      ...[excerpt(label, labelWidth), ...[precision, recall, f1].map(shown), String(support)],
      ...(thresholds === undefined ? [] : [threshold === null ? 'never' : shown(threshold)]),
    ]),
  )
  return hardest ? `The ${maxLabels} labels of ${rows.length} with the lowest F1 (--json has all):\n${table}` : table
}

function confusions({ labels, confusion, byLabel }: EvaluationRecord): string[] {
  if (confusion === null) return [] // with several labels a text none is taken for another
  if (labels.length <= maxMatrix) return [confusionTable(confusion, labels)]
  const pairs = confusedPairs(confusion)
  if (pairs.length === 0) return ['No label was taken for another.']
  const rows = pairs.slice(0, maxPairs).map(({ label, answer, examples }) => [
    `${examples} of ${byLabel[label]?.support}`, // biome-ignore format: a row
    ...[label, answer].map((c) => excerpt(labels[c], labelWidth)),
  ])
  const rest = pairs.length - rows.length
  return [
    [
      'What was taken for what most often (--json has the whole confusion matrix):',
      columns(['examples', 'label', 'answer'], rows),
      ...(rest > 0 ? [`and ${counted(rest, 'more pair')}`] : []),
    ].join('\n'),
  ]
}

function shown(value: number | null | undefined): string {
  return value?.toFixed(3) ?? '–'
}
