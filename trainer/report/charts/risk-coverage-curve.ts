import { curveStepBefore, line } from 'd3-shape'
import { html } from 'hono/html'
import type { RiskCoverage } from '../../evaluate/risk-coverage.ts'
import type { Markup } from '../markup.ts'
import { percentage } from '../readable-figures.ts'
import { axes, size } from './axes.ts'
import { picture, px } from './picture.ts'

/** What a package's own thresholds come to. */
interface Kept {
  readonly coverage: number
  readonly risk: number
}

/** How wrong the answers are that are given, by how many are. */
export function riskCoverageCurve(id: string, { points, area }: RiskCoverage, kept: Kept | null): Markup {
  const highest = Math.max(...points.map(({ risk }) => risk), kept?.risk ?? 0, 0.02)
  const format = (share: number) => percentage(share, highest < 0.05 ? 1 : 0)
  const across = { label: 'share of texts that are answered', domain: [0, 1] as const, format: (share: number) => percentage(share, 0) }
  const { x, y, drawn } = axes(across, { label: 'share of answers wrong', domain: [0, 1.1 * highest], format })
  const path = line<(typeof points)[number]>(({ coverage }) => x(coverage), ({ risk }) => y(risk)).curve(curveStepBefore).digits(1) // biome-ignore format: two coordinates
  const all = points.at(-1)
  const description = `Where all texts are answered, ${percentage(all?.risk ?? 0)} of the answers are wrong. The area under the curve is ${area.toFixed(4)}.`
  return picture(
    { id, title: 'Risk–coverage curve', description, ...size },
    html`${drawn}<path class="mark" d="M${px(x(0))},${px(y(all?.risk ?? 0))}H${px(x(1))}"/><path class="line" d="${path(points) ?? ''}"/>${kept && html`<circle class="best" cx="${px(x(kept.coverage))}" cy="${px(y(kept.risk))}" r="5"/>`}`,
  )
}
