import { html } from 'hono/html'
import type { ComparedFigure } from '../../evaluate/compared-figures.ts'
import * as metrics from '../../evaluate/metrics/table.ts'
import { capitalized } from '../../evaluate/report/capitalized.ts'
import { shareBar } from '../charts/share-bar.ts'
import type { Markup } from '../markup.ts'
import { givesSeveral, type PackageFacts, type Rival, rivalsOf, rivalsOnDev, shownFigures } from '../package-facts.ts'
import { figureText, shownInterval } from '../readable-figures.ts'
import { type Level, panel } from './panel.ts'

/** The package beside what else answers the same texts. */
export function comparisonPanel(id: string, facts: PackageFacts, level: Level): Markup {
  const figures = shownFigures(facts)
  const tables = [
    ...facts.measured.flatMap((each) => figures.map((figure) => ({ figure, on: each.on, rivals: rivalsOf(facts, each, figure) }))),
    ...figures.map((figure) => ({ figure, on: 'dev', rivals: rivalsOnDev(facts, figure) })),
  ].filter(({ rivals }) => rivals.length > 0)
  return panel(
    level,
    'Against what else there is',
    tables.map(({ figure, on, rivals }, i) => rivalTable(`${id}-${i}`, { ...namesOf(figure, facts), on, rivals })),
  )
}

interface Rivals {
  /** What is compared, for people: as a column's name, and at the head of a sentence. */
  readonly name: string
  readonly heading: string
  readonly on: string
  readonly rivals: readonly Rival[]
}

function namesOf(figure: ComparedFigure, facts: PackageFacts): Pick<Rivals, 'name' | 'heading'> {
  const { label } = metrics[figure]
  if (figure !== 'accuracy') return { name: label, heading: capitalized(label) }
  return givesSeveral(facts)
    ? { name: 'all labels right', heading: 'Texts whose labels are all just right,' }
    : { name: 'accuracy', heading: 'Accuracy' }
}

function rivalTable(id: string, { name: figure, heading, on, rivals }: Rivals): Markup {
  const row = ({ name, value, interval }: Rival, i: number) => html`
<tr><th scope="row">${name}</th><td class="number">${figureText(value)}</td><td class="number soft">${interval ? shownInterval(interval) : '–'}</td><td class="wide">${shareBar(`${id}-${i}`, `${heading.replace(/,$/, '')} of ${name} on ${on}`, value, { interval })}</td></tr>`
  return html`<table class="rivals"><caption>${heading} on ${on}</caption><thead><tr><th scope="col">answered by</th><th scope="col" class="number">${figure}</th><th scope="col" class="number">95 % interval</th><th scope="col" class="wide">from 0 to 1</th></tr></thead><tbody>${rivals.map(row)}</tbody></table>`
}
