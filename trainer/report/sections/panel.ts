import { html } from 'hono/html'
import type { Markup } from '../markup.ts'

/** How deep the headings of a package's parts are: 2, or 3 where the page has many packages. */
export type Level = 2 | 3

/** A part of a page under a heading. */
export function panel(level: Level, heading: string, content: Markup | readonly Markup[]): Markup {
  return html`<section class="panel">${headingOf(level, heading)}${content}</section>`
}

/** A heading; `over` is one over several panels. */
export function headingOf(level: Level, text: string, kind: 'over' | 'own' = 'own'): Markup {
  return level === 2 ? html`<h2 class="${kind}">${text}</h2>` : html`<h3 class="${kind}">${text}</h3>`
}

/** What is wider than a phone, in a place that scrolls by itself and is reached by the keyboard. */
export function scrolling(name: string, content: Markup): Markup {
  return html`<div class="scrolling" role="group" aria-label="${name}" tabindex="0">${content}</div>`
}

/** A picture with what is to be said of it. */
export function figure(image: Markup, caption: Markup | string): Markup {
  return html`<figure>${image}<figcaption>${caption}</figcaption></figure>`
}

/** What is there to be looked up. */
export function folded(summary: string, content: Markup | readonly Markup[]): Markup {
  return html`<details><summary>${summary}</summary>${content}</details>`
}
