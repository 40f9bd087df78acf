import { criteria } from '../evaluate/better.ts'
import { metricsLine } from '../evaluate/report/metrics-line.ts'
import type { TrainingEvent } from '../train/events.ts'

const width = 24

/** One line of a training run's progress: bar, step, loss, what dev said last, speed, time left. */
export function progressLine({ step, steps, loss, dev, examplesPerSecond, secondsLeft }: Extract<TrainingEvent, { type: 'step' }>): string {
  const filled = Math.round((width * step) / steps)
  const bar = `${'━'.repeat(filled)}${'╌'.repeat(width - filled)}`
  const latest = dev === null ? '–' : metricsLine(dev, criteria.slice(0, 1))
  return `${bar} ${step}/${steps}  loss ${loss.toFixed(3)}  dev ${latest}  ${examplesPerSecond.toFixed(0)} examples/s  ${clock(secondsLeft)} left`
}

/** Minutes and seconds. */
function clock(seconds: number): string {
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}
