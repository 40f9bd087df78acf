import type { Interval } from '../evaluate/interval.ts'

/** A figure, or a dash where there is none. */
export function figureText(value: number | null | undefined): string {
  return value?.toFixed(3) ?? '–'
}

/** Both ends of an interval: `0.905–0.953`. */
export function shownInterval({ low, high }: Interval): string {
  return `${figureText(low)}–${figureText(high)}`
}

/** A share as a percentage: `93.4 %`. */
export function percentage(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`
}

/** A time as people read it, the same everywhere. */
export function shownTime(when: string): string {
  return `${when.slice(0, 10)} ${when.slice(11, 16)} UTC`
}
