import { type ScaleLinear, scaleLinear } from 'd3-scale'
import { html } from 'hono/html'
import type { Markup } from '../markup.ts'
import { px } from './picture.ts'

/** How large a chart is, and the room around what it draws. */
export const size = { width: 400, height: 260 } as const
const margin = { top: 30, right: 22, bottom: 40, left: 44 } as const

interface Axis {
  readonly label: string
  readonly domain: readonly [number, number]
  readonly ticks?: readonly number[]
  readonly format?: (value: number) => string
}

/** The places of values in a chart. */
export interface Axes {
  readonly x: ScaleLinear<number, number>
  readonly y: ScaleLinear<number, number>
  /** Lines, ticks and the names of both. */
  readonly drawn: Markup
}

/** Two linear axes. */
export function axes(across: Axis, up: Axis): Axes {
  const x = scaleLinear([...across.domain], [margin.left, size.width - margin.right])
  const y = scaleLinear([...up.domain], [size.height - margin.bottom, margin.top])
  const [left, right] = x.range() as [number, number]
  const [bottom] = y.range() as [number, number]
  const xs = (across.ticks ?? x.ticks(5)).map((value) => html`<text x="${px(x(value))}" y="${bottom + 17}" text-anchor="middle">${(across.format ?? x.tickFormat(5))(value)}</text>`) // biome-ignore format: one tick
  const ys = (up.ticks ?? y.ticks(5)).map((value) => html`<line class="rule" x1="${left}" x2="${right}" y1="${px(y(value))}" y2="${px(y(value))}"/><text x="${left - 7}" y="${px(y(value) + 4)}" text-anchor="end">${(up.format ?? y.tickFormat(5))(value)}</text>`) // biome-ignore format: one tick
  const drawn = html`<g class="axis">${ys}${xs}<line class="base" x1="${left}" x2="${right}" y1="${bottom}" y2="${bottom}"/><text x="${px((left + right) / 2)}" y="${size.height - 5}" text-anchor="middle">${across.label}</text><text x="0" y="12">${up.label}</text></g>`
  return { x, y, drawn }
}
