import { html } from 'hono/html'
import type { ComparedFigure } from '../evaluate/compared-figures.ts'
import * as metrics from '../evaluate/metrics/table.ts'
import { capitalized } from '../evaluate/report/capitalized.ts'
import { devOf } from '../train/dev-of.ts'
import { shareBar } from './charts/share-bar.ts'
import type { Markup } from './markup.ts'
import { type PackageFacts, shownFigures } from './package-facts.ts'
import { madeHow, packageSections } from './package-report.ts'
import { page } from './page.ts'
import { figureText, shownTime } from './readable-figures.ts'

/** What answers a task now. */
export interface LiveVersion {
  readonly prompt: string
  /** On the dev that it was trained with; null where its card can't be read. */
  readonly metrics: Readonly<Record<string, number>> | null
  /** What names the examples of that dev, as `devOf` does. */
  readonly dev: string | null
}

/** A task of a project, as it is reported. */
export interface ReportedTask {
  readonly task: string
  /** Null where it has no package. */
  readonly facts: PackageFacts | null
  readonly minimum: Readonly<Record<string, number | undefined>>
  /** What its minimum is of. */
  readonly judgedOn: 'dev' | 'test'
  /** Why it does not pass; null where it does. */
  readonly problem: string | null
  /** Why it should be trained; empty where it is up to date. */
  readonly stale: readonly string[]
  /** Null where nothing is live; undefined where no store was asked. */
  readonly live: LiveVersion | null | undefined
  /** How to go on from it, as can be pasted into a shell. */
  readonly publishing: readonly string[]
}

/** A page on all tasks of a project: an index, and each of them. */
export function projectReport(file: string, when: string, tasks: readonly ReportedTask[]): Promise<string> {
  const failed = tasks.filter(({ problem }) => problem !== null).length
  const stale = tasks.filter(({ stale }) => stale.length > 0).length
  const counts = [
    `${tasks.length - failed} of ${tasks.length} tasks pass`,
    ...(stale > 0 ? [`${stale} not up to date`] : []),
    ...(tasks.some(({ live }) => live !== undefined) ? [`${tasks.filter(isLive).length} live in this version`] : []),
  ]
  return page(
    `${file} – softprompt`,
    html`<header><p class="kicker">softprompt report, ${shownTime(when)}</p><h1>${counts[0]}</h1><p class="soft"><bdi>${file}</bdi>${counts.slice(1).map((count) => `; ${count}`)}</p></header>
<main><section class="panel"><h2>All tasks</h2>${index(tasks)}</section>
${tasks.map(taskPart)}</main>`,
  )
}

function isLive({ facts, live }: ReportedTask): boolean {
  return facts !== null && live?.prompt === facts.id
}

/** A table that becomes a list of cards on a phone, so its roles are said. */
function index(tasks: readonly ReportedTask[]): Markup {
  const heads = ['task', 'result', 'accuracy', 'against the live version', 'trained']
  return html`<table class="index" role="table"><thead role="rowgroup"><tr role="row">${heads.map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}</tr></thead><tbody role="rowgroup">${tasks.map(indexRow)}</tbody></table>`
}

function indexRow(reported: ReportedTask, i: number): Markup {
  const { task, facts } = reported
  const next = facts?.training?.package.verdict[2]
  const name = facts === null ? html`<bdi>${task}</bdi>` : html`<a href="#task-${i}"><bdi>${task}</bdi></a>`
  return html`
<tr role="row"><th role="rowheader" scope="row">${name}${next === undefined ? '' : html`<small>${next}</small>`}</th><td role="cell">${badge(reported)}${reported.problem === null ? '' : html`<small>${reported.problem}</small>`}${reported.stale.length === 0 ? '' : html`<small>Not up to date: ${reported.stale.join(', ')}</small>`}</td><td role="cell" data-label="accuracy">${accuracyCell(`bar-${i}`, reported)}</td><td role="cell" data-label="live">${liveCell(reported)}</td><td role="cell" data-label="trained">${facts?.training ? shownTime(facts.training.done) : '–'}</td></tr>`
}

function badge({ problem, minimum, facts }: ReportedTask): Markup {
  if (problem !== null) return html`<span class="badge missed">✗ ${facts === null ? 'no package' : 'missed'}</span>`
  if (Object.keys(minimum).length === 0) return html`<span class="badge unjudged">no minimum</span>`
  return html`<span class="badge passed">✓ passed</span>`
}

function accuracyCell(id: string, { task, facts, minimum, judgedOn }: ReportedTask): Markup {
  const { name: figure, label } = figureOf(facts)
  const figures = facts && { dev: facts.card.metrics[figure], test: facts.measured[0]?.evaluation.metrics[figure] }
  const first = figures?.[judgedOn] ?? figures?.dev
  if (figures === null || first === undefined) return html`–`
  const on = figures[judgedOn] === undefined ? 'dev' : judgedOn
  const beside = `${figure === 'accuracy' ? '' : `${label} on `}${on === 'test' ? `test; dev ${figureText(figures.dev)}` : 'dev'}`
  return html`<strong>${figureText(first)}</strong> <span class="soft">${beside}</span>${shareBar(id, `${capitalized(label)} of ${task} on ${on}`, first, { mark: minimum[figure] })}${minimumText(minimum)}`
}

/** The figure that stands for all of a task. */
function figureOf(facts: PackageFacts | null): { name: ComparedFigure; label: string } {
  const [name = 'accuracy'] = facts === null ? [] : shownFigures(facts)
  return { name, label: metrics[name].label }
}

function minimumText(minimum: ReportedTask['minimum']): Markup {
  const wanted = Object.entries(minimum).filter(([, value]) => value !== undefined)
  return wanted.length === 0 ? html`` : html`<small>minimum: ${wanted.map(([metric, value]) => `${metric} ${value}`).join(', ')}</small>`
}

function liveCell({ facts, live }: ReportedTask): Markup {
  if (live === undefined) return html`<span class="soft">no store was asked</span>`
  if (live === null) return html`<span class="soft">nothing is live</span>`
  if (live.prompt === facts?.id) return html`this package is live`
  const { name: figure, label } = figureOf(facts)
  const [now, then] = [facts?.card.metrics[figure], live.metrics?.[figure]]
  const version = html`<small class="hash">${live.prompt.slice(0, 12)}</small>`
  if (now === undefined || then === undefined) return html`another version is live${version}`
  const change = 100 * (now - then)
  const same = live.dev !== null && facts !== null && live.dev === devOf(facts.card)
  return html`<strong>${change >= 0 ? '+' : '−'}${Math.abs(change).toFixed(1)} points</strong> <span class="soft">${figure === 'accuracy' ? '' : `of ${label} `}on dev, ${figureText(then)} is live${same ? '' : ', measured on another dev'}</span>${version}`
}

function taskPart(reported: ReportedTask, i: number): Markup {
  const { task, facts, publishing } = reported
  if (facts === null) return html``
  return html`
<details class="task panel"><summary><h2><bdi>${task}</bdi></h2> ${badge(reported)}</summary><div class="stack" id="task-${i}"><p class="soft">${madeHow(facts)}</p>${packageSections(`task-${i}`, facts, publishing, 3)}</div></details>`
}
