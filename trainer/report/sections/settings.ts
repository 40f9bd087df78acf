import { html } from 'hono/html'
import { excerpt } from '../../../shared/error.ts'
import type { Markup } from '../markup.ts'
import type { PackageFacts } from '../package-facts.ts'
import { folded, type Level, panel } from './panel.ts'

/** More labels than that are folded. */
const maxListed = 24

/** How a package was made, of what, and the hashes by which all that is known. */
export function settingsPanel({ id, card, made, folder }: PackageFacts, level: Level): Markup {
  const { base, data, settings, labels, files } = card
  const words = labels.map(({ label, verbalizer }): Fact => [excerpt(label, 60), excerpt(verbalizer, 60)])
  return panel(level, 'Settings and hashes', [
    facts([
      ['package', folder],
      ['prompt', id, 'hash'],
      ['method', `${card.method}, ${card.virtualTokens} virtual tokens (${card.kind})`],
      ['template', card.template],
      ['model', `${base.name}, ${base.weights}, graph version ${base.graphVersion}`],
      ['base', base.hash, 'hash'],
      ...Object.entries(data).map(([name, { examples, sha256 }]): Fact => [`${name}, ${examples} examples`, sha256, 'hash']),
    ]),
    folded('All settings', facts(Object.entries(settings).map(([name, value]): Fact => [name, excerpt(value, 200)]))),
    folded(labels.length > maxListed ? `Labels and their words (${labels.length})` : 'Labels and their words', facts(words)),
    folded('Files, and what the package was made from', [
      facts(Object.entries(files).map(([name, { sha256 }]): Fact => [name, sha256, 'hash'])),
      ...(made === null ? [] : [facts(Object.entries(made).map(([name, value]): Fact => [name, value, 'hash']))]),
    ]),
  ])
}

type Fact = readonly [name: string, value: string, kind?: 'hash']

function facts(entries: readonly Fact[]): Markup {
  return html`<dl class="facts">${entries.map(([name, value, kind]) => html`<div><dt><bdi>${name}</bdi></dt><dd class="${kind ?? ''}"><bdi>${value}</bdi></dd></div>`)}</dl>`
}
