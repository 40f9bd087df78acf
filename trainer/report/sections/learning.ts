import { html } from 'hono/html'
import type { Criterion } from '../../evaluate/better.ts'
import * as metrics from '../../evaluate/metrics/table.ts'
import { earlyEnd } from '../../train/early-end.ts'
import { devCurve, lossCurve } from '../charts/learning-curves.ts'
import type { Markup } from '../markup.ts'
import type { TrainingTold } from '../package-facts.ts'
import { figureText, shownTime } from '../readable-figures.ts'
import { figure, folded, type Level, panel, scrolling } from './panel.ts'

/** How learning went. `criterion` is what the best step was chosen by. */
export function learningPanel(id: string, training: TrainingTold, criterion: Criterion, level: Level): Markup {
  const { steps, evaluations, ended, data, warnings, begun, done, calibrated, resumedAt, package: made } = training
  const curve = { steps, evaluations, bestStep: made.bestStep, criterion }
  const learned =
    data === null
      ? ''
      : `${data.train} examples of ${data.labels} labels; dev has ${data.dev}${data.heldOut ? ', held out of the same file' : ''}. `
  const resumed = resumedAt.length === 0 ? '' : ` It was stopped and went on behind step ${resumedAt.join(', ')}.`
  const early = ended && earlyEnd(ended)
  const later =
    calibrated === null ? '' : ` Calibrated anew ${shownTime(calibrated)}: all figures but those here are of the examples of that.`
  const about = html`<p class="soft">${learned}Begun ${shownTime(begun)}, done ${shownTime(done)}.${resumed}${early === null ? '' : ` ${early}`}${later}</p>`
  const told = warnings.length === 0 ? [] : [html`<ul class="warnings">${warnings.map((message) => html`<li>${message}</li>`)}</ul>`]
  if (steps.length === 0 || evaluations.length === 0)
    return panel(level, 'Learning', [about, html`<p>It was fitted at once, without steps.</p>`, ...told])
  const byMethod = made.method === 'probe' ? html`<p>The curves are those of the prompt that was learned; the linear probe did better and is what is packaged.</p>` : html`` // biome-ignore format: one thought
  return panel(level, 'Learning', [
    about,
    byMethod,
    html`<div class="charts">${figure(lossCurve(`${id}-loss`, curve), 'Each step faintly, and its mean between evaluations. Dev that rises while train falls says that it learns by heart.')}${figure(devCurve(`${id}-dev`, figureOf(training, criterion), curve), `What is packaged is ${made.method === 'probe' ? 'the probe' : `step ${made.bestStep} of ${made.steps}, chosen by ${metrics[criterion].label} on dev`}.`)}</div>`,
    ...told,
    folded('The evaluations in figures', scrolling('Evaluations', evaluationTable(evaluations, made.bestStep, criterion))),
  ])
}

/** What the second curve is of: what the best step was chosen by or, where that is the loss, which the first one shows, what else counts. */
function figureOf({ package: { evaluation } }: TrainingTold, criterion: Criterion): { name: Criterion; label: string } {
  const usual = evaluation.confusion === null ? 'microF1' : 'accuracy'
  const name = criterion === 'loss' ? usual : criterion
  return { name, label: metrics[name].label }
}

function evaluationTable(evaluations: TrainingTold['evaluations'], bestStep: number, criterion: Criterion): Markup {
  const names = [...new Set<Criterion>(['loss', 'accuracy', criterion])]
  const row = ({ step, trainLoss, metrics: values }: (typeof evaluations)[number]) => html`
<tr><th scope="row" class="number">${step}</th><td class="number">${figureText(trainLoss)}</td>${names.map((name) => html`<td class="number">${figureText(values[name])}</td>`)}<td>${step === bestStep ? 'best' : ''}</td></tr>`
  return html`<table class="narrow"><thead><tr><th scope="col" class="number">step</th><th scope="col" class="number">train loss</th>${names.map((name) => html`<th scope="col" class="number">dev ${metrics[name].label}</th>`)}<td></td></tr></thead><tbody>${evaluations.map(row)}</tbody></table>`
}
