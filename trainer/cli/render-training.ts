import type { TrainingEvent } from '../train/events.ts'
import type { WrittenPackage } from '../train/run.ts'
import { eventLines } from './event-lines.ts'
import { progressLine } from './progress.ts'
import type { Told } from './told.ts'

/** Shows what a run tells while it trains. Returns its package, and the warnings that it gave. */
export async function renderTraining(
  events: AsyncIterable<TrainingEvent | WrittenPackage>,
  { log, warn, status }: Pick<Told, 'log' | 'warn' | 'status'>,
  { evaluations = true } = {},
): Promise<{ written: WrittenPackage; warnings: string[] }> {
  const warnings: string[] = []
  const accuracies: number[] = []
  let written: WrittenPackage | null = null
  for await (const event of events) {
    if (event.type === 'step') status(({ columns }) => [progressLine(event, accuracies, columns)])
    if (event.type === 'evaluated') accuracies.push(event.metrics.accuracy)
    for (const line of evaluations ? eventLines(event) : []) log(line)
    if (event.type === 'warning') {
      warnings.push(event.message)
      warn(event.message)
    }
    if (event.type === 'written') written = event
  }
  if (written === null) throw new Error('a training run ended without its package')
  return { written, warnings }
}
