import { html } from 'hono/html'
import { excerpt } from '../../../shared/error.ts'
import type { EvaluationRecord } from '../../evaluate/evaluation.ts'
import type { Mistake } from '../../evaluate/mistakes.ts'
import { suspicion } from '../../evaluate/suspected-labels.ts'
import type { Markup } from '../markup.ts'
import { folded, type Level, panel } from './panel.ts'

const shownFirst = 10

/** What was answered wrong, the surest first, and which labels among it are in doubt. */
export function mistakesPanel({ mistakes }: EvaluationRecord, level: Level): Markup {
  const heading = 'Worst mistakes and suspected labels'
  if (mistakes === undefined) return panel(level, heading, html`<p class="soft">They were not written down when this was measured.</p>`)
  if (mistakes.length === 0) return panel(level, heading, html`<p>Every answer is right.</p>`)
  const suspects = mistakes.filter(inDoubt)
  const said =
    suspects.length === 0
      ? 'The surest first. Of none is the answer so much likelier that its label is in doubt.'
      : `The surest first. Where a label is marked as in doubt, the answer is likelier by more than ${suspicion}: look whether the label is right before anything else.`
  const rest = mistakes.slice(shownFirst)
  return panel(level, heading, [
    html`<p class="soft">${said}</p>`,
    html`<ol class="mistakes">${mistakes.slice(0, shownFirst).map(mistakeItem)}</ol>`,
    ...(rest.length === 0
      ? []
      : [folded(`${rest.length} more`, html`<ol class="mistakes" start="${shownFirst + 1}">${rest.map(mistakeItem)}</ol>`)]),
  ])
}

function inDoubt({ ofAnswer, ofLabel }: Mistake): boolean {
  return ofAnswer - ofLabel > suspicion
}

function mistakeItem(mistake: Mistake): Markup {
  const { text, label, answer, ofLabel, ofAnswer } = mistake
  return html`
<li><p class="text" dir="auto">${excerpt(text, 500)}</p><p class="soft">labelled <strong><bdi>${excerpt(label, 60)}</bdi></strong> (${ofLabel.toFixed(2)}), answered <strong><bdi>${excerpt(answer, 60)}</bdi></strong> (${ofAnswer.toFixed(2)})${inDoubt(mistake) ? html` <span class="badge doubt">label in doubt</span>` : ''}</p></li>`
}
