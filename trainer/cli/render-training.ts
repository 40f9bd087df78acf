import type { TrainEvent } from '../library/events.ts'
import { dataLines } from './data-lines.ts'
import { eventLines } from './event-lines.ts'
import { progressLine } from './progress.ts'
import type { Told } from './told.ts'

/** Shows what a run tells while it trains. */
export async function renderTraining(
  events: AsyncIterable<TrainEvent>,
  { log, warn, status }: Pick<Told, 'log' | 'warn' | 'status'>,
): Promise<void> {
  const accuracies: number[] = []
  for await (const event of events) {
    if (event.type === 'note') log(event.message)
    if (event.type === 'checked') for (const line of dataLines(event.data)) log(line)
    if (event.type === 'step') status(({ columns }) => [progressLine(event, accuracies, columns)])
    if (event.type === 'evaluated') accuracies.push(event.metrics.accuracy)
    for (const line of eventLines(event)) log(line)
    if (event.type === 'warning') warn(event.message)
  }
}
