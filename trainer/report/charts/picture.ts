import { html } from 'hono/html'
import type { Markup } from '../markup.ts'

interface Picture {
  /** One of a kind on the page. */
  readonly id: string
  readonly title: string
  /** What it shows, for who does not see it. */
  readonly description: string
  /** In its own units. */
  readonly width: number
  readonly height: number
  readonly kind?: 'chart' | 'bar' | 'grid'
}

/** An SVG with a name and a description for screen readers. */
export function picture({ id, title, description, width, height, kind = 'chart' }: Picture, content: Markup | readonly Markup[]): Markup {
  return html`<svg class="${kind}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-description"><title id="${id}-title">${title}</title><desc id="${id}-description">${description}</desc>${content}</svg>`
}

/** A coordinate, as exact as an eye. */
export function px(value: number): string {
  return String(Math.round(value * 10) / 10)
}
