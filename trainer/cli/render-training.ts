import { criteria } from '../evaluate/better.ts'
import { metricsLine } from '../evaluate/report/metrics-line.ts'
import type { TrainingEvent } from '../train/events.ts'
import type { WrittenPackage } from '../train/run.ts'
import type { Terminal } from './command.ts'
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
    if (event.type === 'step') status(progressLine(event))
    if (event.type === 'evaluated' && evaluations) {
      log(`step ${event.step}: dev ${metricsLine(event.metrics, criteria)}${event.best ? ' (best so far)' : ''}`)
    }
    if (event.type === 'baseline' && evaluations) log(`${event.name}: dev ${metricsLine(event.metrics, criteria)}`)
    if (event.type === 'warning') {
      warnings.push(event.message)
      log(`Warning: ${event.message}`)
    }
    if (event.type === 'written') written = event
  }
  if (written === null) throw new Error('a training run ended without its package')
  return { written, warnings }
}
