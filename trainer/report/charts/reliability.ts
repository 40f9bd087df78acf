import { line } from 'd3-shape'
import { html } from 'hono/html'
import type { EvaluationRecord } from '../../evaluate/evaluation.ts'
import type { Markup } from '../markup.ts'
import { percentage } from '../readable-figures.ts'
import { axes, size } from './axes.ts'
import { picture, px } from './picture.ts'

const ticks = [0, 0.25, 0.5, 0.75, 1]

/** How often answers of a probability are right: a dot for each bin, as large as its answers are many. On the diagonal the two are the same. */
export function reliabilityDiagram(id: string, { calibration, examples }: Pick<EvaluationRecord, 'calibration' | 'examples'>): Markup {
  const bins = calibration.flatMap(({ confidence, accuracy, examples }) => (confidence === null || accuracy === null ? [] : [{ confidence, accuracy, examples }])) // biome-ignore format: one thought
  const format = (share: number) => percentage(share, 0)
  const across = { label: 'probability of the answer', domain: [0, 1] as const, ticks, format }
  const { x, y, drawn } = axes(across, { label: 'share that is right', domain: [0, 1], ticks, format })
  const path = line<(typeof bins)[number]>(({ confidence }) => x(confidence), ({ accuracy }) => y(accuracy)).digits(1) // biome-ignore format: two coordinates
  const dots = bins.map((bin) => html`<circle class="dot" cx="${px(x(bin.confidence))}" cy="${px(y(bin.accuracy))}" r="${px(2 + 6 * Math.sqrt(bin.examples / examples))}"/>`) // biome-ignore format: one dot
  const largest = bins.toSorted((a, b) => b.examples - a.examples)[0]
  const description = largest === undefined ? 'There are no answers.' : `Most answers, ${largest.examples} of ${examples}, have a probability of about ${percentage(largest.confidence)}, and ${percentage(largest.accuracy)} of those are right.` // biome-ignore format: one thought
  return picture(
    { id, title: 'Reliability diagram', description, ...size },
    html`${drawn}<path class="mark" d="M${x(0)},${y(0)}L${x(1)},${y(1)}"/><path class="line" d="${path(bins) ?? ''}"/>${dots}`,
  )
}
