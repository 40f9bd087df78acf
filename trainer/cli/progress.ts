import { criteria } from '../evaluate/better.ts'
import { metricsLine } from '../evaluate/report/metrics-line.ts'
import type { TrainingEvent } from '../train/events.ts'

const barWidth = 24

/** One line of a training run's progress: bar, step, loss, what dev said last, speed, time left; as much of it as `width` columns hold. */
export function progressLine(
  { step, steps, loss, dev, examplesPerSecond, secondsLeft }: Extract<TrainingEvent, { type: 'step' }>,
  width: number,
): string {
  const filled = Math.round((barWidth * step) / steps)
  const bar = `${'━'.repeat(filled)}${'╌'.repeat(barWidth - filled)} `
  const parts = {
    bar,
    steps: `${step}/${steps}`,
    loss: `  train loss ${loss.toFixed(3)}`,
    dev: `  dev ${dev === null ? '–' : metricsLine(dev, criteria.slice(0, 1))}`,
    speed: `  ${examplesPerSecond.toFixed(0)} examples/s`,
    left: `  ${clock(secondsLeft)} left`,
  }
  for (const least of ['speed', 'bar', 'loss', 'dev', 'left'] as const) {
    if (Object.values(parts).join('').length <= width) break
    parts[least] = ''
  }
  return Object.values(parts).join('')
}

/** Minutes and seconds. */
function clock(seconds: number): string {
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}
