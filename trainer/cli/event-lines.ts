import { counted } from '../counted.ts'
import { headlines, metricsLine } from '../evaluate/report/metrics-line.ts'
import type { TrainEvent } from '../library/events.ts'
import { earlyEnd } from '../train/early-end.ts'
import type { TrainingEvent } from '../train/events.ts'
import { inNames, type Naming } from '../train/setting-names.ts'
import type { Line } from './styled.ts'

/** What is told of an event of one run, but for warnings and the package, with settings by their flags, or as `naming` has them. */
export function eventLines(event: TrainEvent | TrainingEvent, naming?: Naming): readonly Exclude<Line, string>[] {
  switch (event.type) {
    case 'data': {
      const { labels, train, dev, heldOut } = event
      const share = Math.round((100 * dev) / (train + dev))
      const held = heldOut ? `, held out of the same file (${share} %)` : ''
      return [[`${counted(train, 'example')} of ${counted(labels, 'label')} to learn from; dev has ${dev}${held}.`]]
    }
    case 'baseline':
      return [[`${event.name}: dev ${metricsLine(event.metrics, headlines(event.metrics))}`]]
    case 'evaluated': {
      const { step, steps, trainLoss, metrics, best } = event
      const line = `step ${step} of ${steps}: train loss ${trainLoss.toFixed(3)}; dev ${metricsLine(metrics, headlines(metrics))}`
      return [best ? [line, ' ', { style: 'good', text: '(best so far)' }] : [line]]
    }
    case 'ended':
      return endLines(event).map((line) => [naming === undefined ? line : inNames(naming, line)])
    default:
      return []
  }
}

/** How learning ended, and what that suggests but for more steps, which the verdict does. */
function endLines(event: Extract<TrainingEvent, { type: 'ended' }>): string[] {
  const { step, bestStep } = event
  const early = earlyEnd(event)
  return [
    ...(early === null ? [] : [early]),
    ...(bestStep <= step / 3 ? [`Dev was best at step ${bestStep} and not after: a lower --learning-rate may do better.`] : []),
  ]
}
