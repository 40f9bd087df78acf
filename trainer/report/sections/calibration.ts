import { html } from 'hono/html'
import type { EvaluationRecord } from '../../evaluate/evaluation.ts'
import { abstainingText } from '../../evaluate/report/abstaining.ts'
import { reliabilityDiagram } from '../charts/reliability.ts'
import { riskCoverageCurve } from '../charts/risk-coverage-curve.ts'
import type { Markup } from '../markup.ts'
import { figureText, percentage } from '../readable-figures.ts'
import { figure, folded, type Level, panel, scrolling } from './panel.ts'

/** Shares of the texts of which the table tells. */
const coverages = [1, 0.95, 0.9, 0.8, 0.7, 0.5]

/** What probabilities are worth: whether they can be taken at their word, and what leaving the least sure unanswered comes to. */
export function calibrationPanel(id: string, evaluation: EvaluationRecord, level: Level): Markup {
  const { riskCoverage, metrics, abstaining, confusion } = evaluation
  const kept =
    abstaining === undefined || abstaining.accuracy === null ? null : { coverage: abstaining.coverage, risk: 1 - abstaining.accuracy }
  const diagram = figure(
    reliabilityDiagram(`${id}-reliability`, evaluation),
    `A dot for ${confusion === null ? 'labels' : 'answers'} of about the same probability, as large as they are many. On the dashed line probabilities can be taken at their word. Expected calibration error: ${figureText(metrics.calibrationError)}.`,
  )
  const curve =
    riskCoverage && figure(riskCoverageCurve(`${id}-risk`, riskCoverage, kept), `Where only the surest answers are given, fewer are wrong. The dashed line is the share that is wrong where all are. Area under the curve: ${riskCoverage.area.toFixed(4)}.${kept === null ? '' : ' The ring is what the thresholds of the package come to.'}`) // biome-ignore format: one figure
  return panel(level, 'Calibration and abstaining', [
    html`<div class="charts">${diagram}${curve ?? ''}</div>`,
    ...(abstaining ? [html`<p>${abstainingText(abstaining, 'the texts')}</p>`] : []),
    ...(riskCoverage ? [scrolling('Risk and coverage', riskTable(riskCoverage))] : []),
    folded('The bins of the diagram in figures', scrolling('Calibration', binTable(evaluation))),
  ])
}

function riskTable({ points }: NonNullable<EvaluationRecord['riskCoverage']>): Markup {
  const rows = coverages.flatMap((coverage) => {
    const point = points.find((each) => each.coverage >= coverage - 1e-9)
    return point === undefined ? [] : [point]
  })
  const unlike = rows.filter(({ coverage }, i) => rows.findIndex((other) => other.coverage === coverage) === i)
  const row = ({ threshold, coverage, risk }: (typeof points)[number]) => html`
<tr><td>${figureText(threshold)}</td><td class="number">${percentage(coverage)}</td><td class="number">${percentage(risk)}</td></tr>`
  return html`<table class="narrow"><thead><tr><th scope="col">answered from a probability of</th><th scope="col" class="number">texts answered</th><th scope="col" class="number">answers wrong</th></tr></thead><tbody>${unlike.map(row)}</tbody></table>`
}

function binTable({ calibration }: EvaluationRecord): Markup {
  const row = ({ from, to, examples, confidence, accuracy }: (typeof calibration)[number]) => html`
<tr><th scope="row" class="number">${from.toFixed(2)}–${to.toFixed(2)}</th><td class="number">${examples}</td><td class="number">${figureText(confidence)}</td><td class="number">${figureText(accuracy)}</td></tr>`
  return html`<table><thead><tr><th scope="col" class="number">probability</th><th scope="col" class="number">answers</th><th scope="col" class="number">mean probability</th><th scope="col" class="number">share right</th></tr></thead><tbody>${calibration.map(row)}</tbody></table>`
}
