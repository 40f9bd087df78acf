import { html } from 'hono/html'
import type { Interval } from '../../evaluate/interval.ts'
import type { Markup } from '../markup.ts'
import { figureText, shownInterval } from '../readable-figures.ts'
import { picture, px } from './picture.ts'

const [width, height] = [160, 16]

interface Beside {
  readonly interval?: Interval | undefined
  /** What is wanted of it. */
  readonly mark?: number | undefined
}

/** A share between 0 and 1 as a bar, with its interval or what is wanted of it. */
export function shareBar(id: string, name: string, share: number, { interval, mark }: Beside = {}): Markup {
  const x = (value: number) => px(2 + Math.min(1, Math.max(0, value)) * (width - 4))
  const said = [
    `${figureText(share)} of 1`,
    ...(interval ? [`95 % interval ${shownInterval(interval)}`] : []),
    ...(mark === undefined ? [] : [`at least ${mark} is wanted`]),
  ]
  const whisker = interval && html`<path class="whisker" d="M${x(interval.low)},4v8M${x(interval.low)},8H${x(interval.high)}M${x(interval.high)},4v8"/>` // biome-ignore format: one path
  const wanted = mark !== undefined && html`<path class="whisker" d="M${x(mark)},1v14"/>`
  return picture(
    { id, title: name, description: said.join(', '), width, height, kind: 'bar' },
    html`<path class="track" d="M2,8H${width - 2}"/><path class="fill" d="M2,8H${x(share)}"/>${whisker}${wanted}`,
  )
}
