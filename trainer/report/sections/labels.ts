import { html } from 'hono/html'
import { excerpt } from '../../../shared/error.ts'
import type { EvaluationRecord } from '../../evaluate/evaluation.ts'
import { shareBar } from '../charts/share-bar.ts'
import type { Markup } from '../markup.ts'
import { figureText } from '../readable-figures.ts'
import { folded, type Level, panel, scrolling } from './panel.ts'

/** More labels than that are looked up rather than read. */
const maxListed = 24

type LabelRow = EvaluationRecord['byLabel'][number]

interface Beside {
  readonly learnedFrom: number | undefined
  /** From which probability on it is given; null for never, undefined where there is no such. */
  readonly threshold: number | null | undefined
}

/** The figures of each label: of many, the hardest, and all of them folded. */
export function labelPanel(id: string, { byLabel, thresholds }: EvaluationRecord, level: Level, learnedFrom?: readonly number[]): Markup {
  const rows = byLabel.map((figures, c) => ({ ...figures, learnedFrom: learnedFrom?.[c], threshold: thresholds?.[c] }))
  const worst = rows.toSorted((a, b) => (a.f1 ?? 2) - (b.f1 ?? 2))
  if (rows.length <= maxListed)
    return panel(level, 'Each label', [
      html`<p class="soft">Those with the lowest F1 first.</p>`,
      scrolling('Figures of each label', labelTable(id, worst, true)),
    ])
  return panel(level, 'Each label', [
    html`<p class="soft">The ${maxListed} of ${rows.length} labels with the lowest F1:</p>`,
    scrolling('Figures of the hardest labels', labelTable(id, worst.slice(0, maxListed), true)),
    folded('All labels', scrolling('Figures of all labels', labelTable(`${id}-all`, rows, false))),
  ])
}

function labelTable(id: string, rows: readonly (LabelRow & Beside)[], withBars: boolean): Markup {
  const trained = rows.some(({ learnedFrom }) => learnedFrom !== undefined)
  const withheld = rows.some(({ threshold }) => threshold !== undefined)
  const row = ({ label, precision, recall, f1, support, learnedFrom, threshold }: (typeof rows)[number], i: number) => {
    const name = excerpt(label, 60)
    const bar = withBars ? html`<td class="wide">${shareBar(`${id}-${i}`, `F1 of ${name}`, f1 ?? 0)}</td>` : html``
    return html`
<tr><th scope="row"><bdi>${name}</bdi></th><td class="number">${figureText(precision)}</td><td class="number">${figureText(recall)}</td><td class="number">${figureText(f1)}</td>${bar}<td class="number">${support}</td>${withheld ? html`<td class="number">${threshold === null ? 'never' : figureText(threshold)}</td>` : ''}${trained ? html`<td class="number">${learnedFrom ?? '–'}</td>` : ''}</tr>`
  }
  return html`<table><thead><tr><th scope="col">label</th><th scope="col" class="number">precision</th><th scope="col" class="number">recall</th><th scope="col" class="number">F1</th>${withBars ? html`<th scope="col" class="wide">F1, from 0 to 1</th>` : ''}<th scope="col" class="number">examples</th>${withheld ? html`<th scope="col" class="number">given from</th>` : ''}${trained ? html`<th scope="col" class="number">learned from</th>` : ''}</tr></thead><tbody>${rows.map(row)}</tbody></table>`
}
