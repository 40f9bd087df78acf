import type { TrainEvent } from '../library/events.ts'
import { tellData } from './data-lines.ts'
import { eventLines } from './event-lines.ts'
import { progressLine } from './progress.ts'
import type { Told } from './told.ts'

/** Shows what a run tells while it trains. */
export async function renderTraining(
  events: AsyncIterable<TrainEvent>,
  told: Pick<Told, 'log' | 'warn' | 'fail' | 'status'>,
): Promise<void> {
  const { log, warn, status } = told
  const accuracies: number[] = []
  for await (const event of events) {
    if (event.type === 'note') log(event.message)
    if (event.type === 'checked') tellData(event.data, told)
    if (event.type === 'step') status(({ columns }) => [progressLine(event, accuracies, columns)])
    if (event.type === 'evaluated') accuracies.push(event.metrics.accuracy)
    for (const line of eventLines(event)) log(line)
    if (event.type === 'warning') warn(event.message)
  }
}
