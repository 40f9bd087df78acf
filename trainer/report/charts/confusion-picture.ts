import { html } from 'hono/html'
import type { ConfusionMatrix } from '../../evaluate/confusion-matrix.ts'
import type { Markup } from '../markup.ts'
import { picture } from './picture.ts'

/** Cells a side; of more labels several share one. */
const maxCells = 96
const side = 384

/** The mistakes among many labels, as dots in a square: a row a label, a column an answer, the darker the more; answers that are right are left out. */
export function confusionPicture(id: string, confusion: ConfusionMatrix): Markup {
  const C = confusion.length
  const cells = Math.min(C, maxCells)
  const sums = Array.from({ length: cells }, () => new Float64Array(cells))
  const cellOf = (c: number) => Math.floor((c * cells) / C)
  let wrong = 0
  confusion.forEach((row, label) => {
    row.forEach((count, answer) => {
      if (label === answer || count === 0) return
      wrong += count
      const sum = sums[cellOf(label)] as Float64Array
      sum[cellOf(answer)] = (sum[cellOf(answer)] as number) + count
    })
  })
  const most = Math.max(1, ...sums.map((row) => Math.max(...row)))
  const unit = side / cells
  const paths = levels.map((level) => {
    const squares = sums.flatMap((row, label) => Array.from(row).flatMap((count, answer) => (count > 0 && levelOf(count / most) === level ? [`M${round(answer * unit)},${round(label * unit)}h${round(unit)}v${round(unit)}h-${round(unit)}z`] : []))) // biome-ignore format: one thought
    return squares.length === 0 ? [] : [html`<path class="heat-${level}" d="${squares.join('')}"/>`]
  })
  const description = `${wrong} mistakes among ${C} labels. Down are the labels, across the answers${C > cells ? `, ${(C / cells).toFixed(1)} of them to a cell` : ''}. The darkest cell has ${most}.`
  return picture(
    { id, title: 'What is taken for what', description, width: side, height: side, kind: 'grid' },
    html`<rect class="ground" width="${side}" height="${side}"/><path class="mark" d="M0,0L${side},${side}"/>${paths.flat()}`,
  )
}

const levels = [1, 2, 3, 4] as const

function levelOf(share: number): (typeof levels)[number] {
  return share > 0.6 ? 4 : share > 0.3 ? 3 : share > 0.1 ? 2 : 1
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
