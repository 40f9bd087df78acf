import { criteria } from '../evaluate/better.ts'
import { metricsLine } from '../evaluate/report/metrics-line.ts'
import type { TrainingEvent } from '../train/events.ts'
import type { WrittenPackage } from '../train/run.ts'
import type { Terminal } from './command.ts'
import { counted } from './counted.ts'
import { progressLine } from './progress.ts'

/** Shows what a run tells while it trains. Returns its package, and the warnings that it gave. */
export async function renderTraining(
  events: AsyncIterable<TrainingEvent | WrittenPackage>,
  { log, status }: Pick<Terminal, 'log' | 'status'>,
  { evaluations = true } = {},
): Promise<{ written: WrittenPackage; warnings: string[] }> {
  const warnings: string[] = []
  let written: WrittenPackage | null = null
  for await (const event of events) {
    if (event.type === 'step') status((width) => progressLine(event, width))
    for (const line of evaluations ? linesOf(event) : []) log(line)
    if (event.type === 'warning') {
      warnings.push(event.message)
      log(`Warning: ${event.message}`)
    }
    if (event.type === 'written') written = event
  }
  if (written === null) throw new Error('a training run ended without its package')
  return { written, warnings }
}

/** What stays on the terminal of an event. */
function linesOf(event: TrainingEvent | WrittenPackage): string[] {
  switch (event.type) {
    case 'data': {
      const { labels, train, dev, heldOut } = event
      const share = Math.round((100 * dev) / (train + dev))
      return [
        `${counted(train, 'example')} of ${counted(labels, 'label')} to learn from; dev has ${dev}${heldOut ? `, held out of the same file (${share} %)` : ''}.`,
      ]
    }
    case 'baseline':
      return [`${event.name}: dev ${metricsLine(event.metrics, criteria)}`]
    case 'evaluated':
      return [
        `step ${event.step} of ${event.steps}: train loss ${event.trainLoss.toFixed(3)}; dev ${metricsLine(event.metrics, criteria)}${event.best ? ' (best so far)' : ''}`,
      ]
    case 'ended':
      return endLines(event)
    default:
      return []
  }
}

/** How learning ended, and what that suggests. */
function endLines({ step, steps, bestStep, patience }: Extract<TrainingEvent, { type: 'ended' }>): string[] {
  const early =
    step < steps ? [`Stopped early at step ${step} of ${steps}: ${counted(patience, 'evaluation')} without a better one (--patience).`] : []
  if (bestStep === steps) return [`Dev was still improving at the last step: more steps may do better (--steps ${2 * steps}).`]
  if (bestStep <= step / 3) return [...early, `Dev was best at step ${bestStep} and not after: a lower --learning-rate may do better.`]
  return early
}
