import { line } from 'd3-shape'
import { html } from 'hono/html'
import type { Criterion } from '../../evaluate/better.ts'
import { capitalized } from '../../evaluate/report/capitalized.ts'
import type { Markup } from '../markup.ts'
import { figureText } from '../readable-figures.ts'
import { axes, size } from './axes.ts'
import { picture, px } from './picture.ts'

/** As many points as a curve is wide. */
const maxPoints = 300

interface StepLoss {
  readonly step: number
  readonly loss: number
}

/** A figure on dev, the higher the better. */
interface Figure {
  readonly name: Criterion
  /** For people. */
  readonly label: string
}

/** What learning told of its steps. */
interface Curve {
  readonly steps: readonly StepLoss[]
  readonly evaluations: readonly { readonly step: number; readonly trainLoss: number; readonly metrics: Readonly<Record<string, number>> }[]
  readonly bestStep: number
  /** What that was chosen by. */
  readonly criterion: Criterion
}

/** The loss of every step and, at each evaluation, the mean of the steps before it and the loss on dev; with the best step, where that was chosen by it. */
export function lossCurve(id: string, { steps, evaluations, bestStep, criterion }: Curve): Markup {
  const means = evaluations.map(({ step, trainLoss }) => ({ step, loss: trainLoss }))
  const onDev = evaluations.flatMap(({ step, metrics: { loss } }) => (loss === undefined ? [] : [{ step, loss }]))
  const losses = [...steps, ...means, ...onDev].map(({ loss }) => loss)
  const last = Math.max(1, ...[...steps, ...evaluations].map(({ step }) => step))
  const { x, y, drawn } = axes({ label: 'step', domain: [0, last] }, { label: 'loss, in nats', domain: [0, Math.max(...losses, 1e-9)] })
  const path = line<StepLoss>(({ step }) => x(step), ({ loss }) => y(loss)).digits(1) // biome-ignore format: two coordinates
  const [first, end] = [steps[0], means.at(-1)]
  const best = criterion === 'loss' ? onDev.find(({ step }) => step === bestStep) : undefined
  const chosen = best === undefined ? '' : ` It is best at step ${best.step}, where it is ${figureText(best.loss)}.`
  const description = `The loss on the training examples goes from ${figureText(first?.loss)} at step ${first?.step ?? 0} to ${figureText(end?.loss)} at step ${end?.step ?? 0}; on dev it is ${figureText(onDev.at(-1)?.loss)} then.${chosen}`
  return picture(
    { id, title: 'Loss by step', description, ...size },
    html`${drawn}<path class="faint" d="${path(thinned(steps)) ?? ''}"/><path class="line" d="${path(means) ?? ''}"/><path class="second" d="${path(onDev) ?? ''}"/>${best && bestMark(x(best.step), y(best.loss), best.step)}${legend([['line', 'train'], ['second', 'dev']])}`, // biome-ignore format: one picture
  )
}

/** A figure on dev at each evaluation, with the best step, where that was chosen by it. */
export function devCurve(id: string, { name, label }: Figure, { evaluations, bestStep, criterion }: Curve): Markup {
  const points = evaluations.flatMap(({ step, metrics: { [name]: value } }) => (value === undefined ? [] : [{ step, value }]))
  const lowest = Math.min(...points.map(({ value }) => value), 0.9)
  const from = Math.max(0, Math.floor(10 * lowest - 0.2) / 10)
  const last = Math.max(1, ...points.map(({ step }) => step))
  const { x, y, drawn } = axes({ label: 'step', domain: [0, last] }, { label: `${label} on dev`, domain: [from, 1] })
  const path = line<(typeof points)[number]>(({ step }) => x(step), ({ value }) => y(value)).digits(1) // biome-ignore format: two coordinates
  const best = name === criterion ? points.find(({ step }) => step === bestStep) : undefined
  const dots = points.map(({ step, value }) => html`<circle class="dot" cx="${px(x(step))}" cy="${px(y(value))}" r="2.5"/>`)
  const description = best === undefined ? `The ${label} on dev at each evaluation.` : `The ${label} on dev at each evaluation. It is best at step ${best.step}, where it is ${figureText(best.value)}.` // biome-ignore format: one thought
  return picture(
    { id, title: `${capitalized(label)} on dev by step`, description, ...size },
    html`${drawn}<path class="line" d="${path(points) ?? ''}"/>${points.length > 60 ? [] : dots}${best && bestMark(x(best.step), y(best.value), best.step)}`,
  )
}

function bestMark(x: number, y: number, step: number): Markup {
  const [bottom, before] = [size.height - 40, x > size.width / 2]
  return html`<line class="mark" x1="${px(x)}" x2="${px(x)}" y1="${px(y)}" y2="${bottom}"/><circle class="best" cx="${px(x)}" cy="${px(y)}" r="5"/><text class="note" x="${px(before ? x - 8 : x + 8)}" y="${bottom - 8}" text-anchor="${before ? 'end' : 'start'}">best: step ${step}</text>`
}

function legend(entries: readonly (readonly [kind: string, name: string])[]): Markup {
  const left = size.width - 22 - 70 * entries.length
  return html`<g class="axis">${entries.map(([kind, name], i) => html`<path class="${kind}" d="M${left + 70 * i},8h24"/><text x="${left + 70 * i + 30}" y="12">${name}</text>`)}</g>`
}

/** Means of steps that follow on each other, where they are more than can be seen. */
function thinned(steps: readonly StepLoss[]): StepLoss[] {
  const width = Math.ceil(steps.length / maxPoints)
  return Array.from({ length: Math.ceil(steps.length / Math.max(1, width)) }, (_, i) => {
    const some = steps.slice(i * width, (i + 1) * width)
    const mean = (of: (step: StepLoss) => number) => some.reduce((sum, step) => sum + of(step), 0) / some.length
    return { step: mean(({ step }) => step), loss: mean(({ loss }) => loss) }
  })
}
