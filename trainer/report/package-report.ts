import { html } from 'hono/html'
import type { Markup } from './markup.ts'
import { chosenBy, type MeasuredOn, type PackageFacts } from './package-facts.ts'
import { page } from './page.ts'
import { figureText, percentage, shownInterval, shownTime } from './readable-figures.ts'
import { calibrationPanel } from './sections/calibration.ts'
import { comparisonPanel } from './sections/comparison.ts'
import { confusionPanels } from './sections/confusion.ts'
import { labelPanel } from './sections/labels.ts'
import { learningPanel } from './sections/learning.ts'
import { mistakesPanel } from './sections/mistakes.ts'
import { folded, headingOf, type Level, panel } from './sections/panel.ts'
import { settingsPanel } from './sections/settings.ts'

/** A page on one package. `publishing` are the commands that go on from here, as they can be pasted into a shell. */
export function packageReport(facts: PackageFacts, publishing: readonly string[]): Promise<string> {
  const { task } = facts.card
  return page(
    `${task} – softprompt`,
    html`<header><p class="kicker">softprompt report</p><h1><bdi>${task}</bdi></h1><p class="soft">${madeHow(facts)}</p></header>
<main>${packageSections('p', facts, publishing, 2)}</main>`,
  )
}

/** How a package was made, of what, and when. */
export function madeHow({ card, training }: PackageFacts): string {
  const { method, virtualTokens, base } = card
  const how = virtualTokens === 0 ? 'a linear probe' : `method ${method}, ${virtualTokens} virtual tokens`
  const calibrated = training?.calibrated ? `, calibrated anew ${shownTime(training.calibrated)}` : ''
  const when = training === null ? '' : `, trained ${shownTime(training.done)}${calibrated}`
  return `${how}, on ${base.name} in ${base.weights}${when}`
}

/** All that is said of a package, in parts whose ids begin with `id`. */
export function packageSections(id: string, facts: PackageFacts, publishing: readonly string[], level: Level): Markup[] {
  const { training, missing } = facts
  const dev = training && { on: 'dev', evaluation: training.package.evaluation, baselines: {} }
  const [first, ...others] = [...facts.measured, dev].filter((each) => each !== null)
  const learnedFrom = training?.package.learnedFrom
  return [
    training === null ? panel(level, 'Verdict', html`<p>${missing} So there is no verdict, and no learning curve. Training it again writes them.</p>`) : verdictPanel(training.package.verdict, level), // biome-ignore format: one thought
    ...(first === undefined ? [] : [tiles(first, level)]),
    comparisonPanel(`${id}-rival`, facts, level),
    ...(training === null ? [] : [learningPanel(`${id}-learning`, training, chosenBy(facts), level)]),
    ...(first === undefined ? [] : [headingOf(level, `In detail, on ${first.on}`, 'over'), ...evaluationPanels(`${id}-first`, first, level, learnedFrom)]), // biome-ignore format: one thought
    ...others.map((other, i) => html`<div>${folded(`In detail, on ${other.on}`, html`<div class="stack">${evaluationPanels(`${id}-other-${i}`, other, level, learnedFrom)}</div>`)}</div>`), // biome-ignore format: one thought
    settingsPanel(facts, level),
    panel(
      level,
      'Publish it',
      html`<p class="soft">In the folder that it was trained from:</p><pre tabindex="0">${publishing.join('\n')}</pre>`,
    ),
  ]
}

function verdictPanel([how, confused, next]: readonly [string, string, string], level: Level): Markup {
  return html`<section class="panel verdict">${headingOf(level, 'Verdict')}<dl><div><dt>How good</dt><dd>${how}</dd></div><div><dt>What is confused</dt><dd>${confused}</dd></div><div><dt>What next</dt><dd>${next}</dd></div></dl></section>`
}

function tiles({ on, evaluation: { metrics, intervals, examples, labels, confusion } }: MeasuredOn, level: Level): Markup {
  const tile = (name: string, value: string, beside: string) => html`<div><dt>${name}</dt><dd>${value}<small>${beside}</small></dd></div>`
  const { accuracy, microF1, macroF1 } = intervals
  const several = confusion === null
  return html`<section>${headingOf(level, `On ${on}: ${examples} examples of ${labels.length} labels`, 'over')}<dl class="tiles">${[
    tile(
      several ? 'all labels right' : 'accuracy',
      metrics.accuracy === undefined ? '–' : percentage(metrics.accuracy),
      accuracy ? `95 %: ${shownInterval(accuracy)}` : '',
    ),
    ...(several ? [tile('micro-F1', figureText(metrics.microF1), microF1 ? `95 %: ${shownInterval(microF1)}` : '')] : []),
    tile('macro-F1', figureText(metrics.macroF1), macroF1 ? `95 %: ${shownInterval(macroF1)}` : 'mean over the labels'),
    tile('loss', figureText(metrics.loss), 'nats; lower is better'),
    tile('calibration error', figureText(metrics.calibrationError), '0 is best'),
  ]}</dl></section>`
}

function evaluationPanels(id: string, { evaluation }: MeasuredOn, level: Level, learnedFrom?: readonly number[]): Markup[] {
  return [
    labelPanel(`${id}-labels`, evaluation, level, learnedFrom),
    ...confusionPanels(`${id}-confusion`, evaluation, level),
    calibrationPanel(`${id}-calibration`, evaluation, level),
    mistakesPanel(evaluation, level),
  ]
}
