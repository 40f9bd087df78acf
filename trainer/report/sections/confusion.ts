import { html } from 'hono/html'
import { excerpt } from '../../../shared/error.ts'
import { confusedPairs } from '../../evaluate/confused-pairs.ts'
import { type ConfusionMatrix, labelCounts } from '../../evaluate/confusion-matrix.ts'
import type { EvaluationRecord } from '../../evaluate/evaluation.ts'
import { confusionPicture } from '../charts/confusion-picture.ts'
import type { Markup } from '../markup.ts'
import { percentage } from '../readable-figures.ts'
import { figure, type Level, panel, scrolling } from './panel.ts'

/** Of more labels a matrix is drawn, not written. */
const maxMatrix = 20
const maxPairs = 20
/** Pairs beside a matrix that tells them all. */
const maxBeside = 8

/** What is taken for what, where each text has one label: of several none stands in another's place. */
export function confusionPanels(id: string, { labels, confusion }: EvaluationRecord, level: Level): Markup[] {
  return confusion === null ? [] : [confusionPanel(id, { labels, confusion }, level)]
}

interface Confusion {
  readonly labels: readonly string[]
  readonly confusion: ConfusionMatrix
}

function confusionPanel(id: string, evaluation: Confusion, level: Level): Markup {
  const { labels, confusion } = evaluation
  const pairs = confusedPairs(confusion)
  if (pairs.length === 0) return panel(level, 'Confusion', html`<p>No label is taken for another.</p>`)
  if (labels.length <= maxMatrix)
    return panel(level, 'Confusion', [
      html`<p class="soft">A row for each label, a column for each answer. Right answers stand on the diagonal, in bold: ${percentage(rightShare(confusion))} of all.</p>`,
      html`<div class="charts">${matrix(evaluation)}${scrolling('The most confused pairs', pairTable(evaluation, pairs.slice(0, maxBeside)))}</div>`,
    ])
  const caption =
    'Down the labels, across the answers, in the order of the package. What is right would lie on the diagonal and is left out; the darker a dot, the more mistakes.'
  return panel(level, 'Confusion', [
    html`<div class="charts">${figure(confusionPicture(id, confusion), caption)}${scrolling('The most confused pairs', pairTable(evaluation, pairs.slice(0, maxPairs)))}</div>`,
    ...(pairs.length > maxPairs ? [html`<p class="soft">These are the ${maxPairs} most frequent of ${pairs.length} pairs.</p>`] : []),
  ])
}

function pairTable({ labels, confusion }: Confusion, pairs: ReturnType<typeof confusedPairs>): Markup {
  const counts = labelCounts(confusion)
  const row = ({ label, answer, examples }: (typeof pairs)[number]) => html`
<tr><th scope="row"><bdi>${excerpt(labels[label], 40)}</bdi></th><td><bdi>${excerpt(labels[answer], 40)}</bdi></td><td class="number">${examples} of ${counts[label]}</td></tr>`
  return html`<table><thead><tr><th scope="col">label</th><th scope="col">answered</th><th scope="col" class="number">examples</th></tr></thead><tbody>${pairs.map(row)}</tbody></table>`
}

function matrix({ labels, confusion }: Confusion): Markup {
  const names = labels.map((label) => excerpt(label, 24))
  const counts = labelCounts(confusion)
  const row = (cells: readonly number[], label: number) => html`
<tr><th scope="row"><bdi>${names[label]}</bdi></th>${cells.map((count, answer) => html`<td class="${shade(count, counts[label] ?? 0, label === answer)}">${count === 0 ? html`<span class="none">0</span>` : count}</td>`)}</tr>`
  return scrolling(
    'Confusion matrix',
    html`<table class="matrix"><thead><tr><th scope="col"><span>label ↓ answer →</span></th>${names.map((name) => html`<th scope="col"><bdi>${name}</bdi></th>`)}</tr></thead><tbody>${confusion.map(row)}</tbody></table>`,
  )
}

/** How strongly a cell is shaded: by its share of its row. */
function shade(count: number, of: number, right: boolean): string {
  const share = of === 0 ? 0 : count / of
  if (right) return `right heat-${share > 0.85 ? 4 : share > 0.6 ? 3 : share > 0.3 ? 2 : share > 0 ? 1 : 0}`
  return `wrong-${share > 0.15 ? 3 : share > 0.05 ? 2 : share > 0 ? 1 : 0}`
}

function rightShare(confusion: ConfusionMatrix): number {
  const all = labelCounts(confusion).reduce((sum, count) => sum + count, 0)
  return confusion.reduce((sum, row, c) => sum + (row[c] as number), 0) / all
}
