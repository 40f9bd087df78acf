import { html } from 'hono/html'
import { shareBar } from '../charts/share-bar.ts'
import type { Markup } from '../markup.ts'
import { givesSeveral, type PackageFacts, type Rival, rivalsOf, rivalsOnDev } from '../package-facts.ts'
import { figureText, shownInterval } from '../readable-figures.ts'
import { type Level, panel } from './panel.ts'

/** The package beside what else answers the same texts. */
export function comparisonPanel(id: string, facts: PackageFacts, level: Level): Markup {
  const measured = facts.measured.map((each) => ({ on: each.on, rivals: rivalsOf(facts, each) }))
  const what = givesSeveral(facts) ? 'Texts whose labels are all just right,' : 'Accuracy'
  const tables = [...measured, { on: 'dev', rivals: rivalsOnDev(facts) }].filter(({ rivals }) => rivals.length > 0)
  return panel(
    level,
    'Against what else there is',
    tables.map(({ on, rivals }, i) => rivalTable(`${id}-${i}`, { what, on, rivals })),
  )
}

interface Rivals {
  /** What is compared, for people. */
  readonly what: string
  readonly on: string
  readonly rivals: readonly Rival[]
}

function rivalTable(id: string, { what, on, rivals }: Rivals): Markup {
  const row = ({ name, accuracy, interval }: Rival, i: number) => html`
<tr><th scope="row">${name}</th><td class="number">${figureText(accuracy)}</td><td class="number soft">${interval ? shownInterval(interval) : '–'}</td><td class="wide">${shareBar(`${id}-${i}`, `Accuracy of ${name} on ${on}`, accuracy, { interval })}</td></tr>`
  return html`<table class="rivals"><caption>${what} on ${on}</caption><thead><tr><th scope="col">answered by</th><th scope="col" class="number">accuracy</th><th scope="col" class="number">95 % interval</th><th scope="col" class="wide">from 0 to 1</th></tr></thead><tbody>${rivals.map(row)}</tbody></table>`
}
