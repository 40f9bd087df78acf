import { headlines, metricsLine } from '../evaluate/report/metrics-line.ts'
import type { TrainingEvent } from '../train/events.ts'
import { curve } from './curve.ts'

const barWidth = { min: 8, max: 24 } as const
const curveWidth = 12

/** What a run tells of each of its steps. */
export type StepDone = Extract<TrainingEvent, { type: 'step' }>

/**
 * One line of a training run's progress: bar, step, loss, what dev said last and how its accuracies went, speed, time left; as much of it as
 * `width` columns hold.
 */
export function progressLine(
  { step, steps, loss, dev, examplesPerSecond, secondsLeft }: StepDone,
  accuracies: readonly number[],
  width: number,
): string {
  const parts = {
    bar: '',
    steps: `${step}/${steps}`,
    loss: `  train loss ${loss.toFixed(3)}`,
    dev: `  dev ${dev === null ? '–' : metricsLine(dev, headlines(dev).slice(0, 1))}`,
    curve: accuracies.length < 2 ? '' : ` ${curve(accuracies, curveWidth)}`,
    speed: `  ${examplesPerSecond.toFixed(0)} examples/s`,
    left: `  ${clock(secondsLeft)} left`,
  }
  const left = width - lengthOf(parts) - 1
  parts.bar = `${bar(step / steps, Math.min(barWidth.max, Math.max(barWidth.min, left)))} `
  for (const least of ['speed', 'bar', 'curve', 'loss', 'dev', 'left'] as const) {
    if (lengthOf(parts) <= width) break
    parts[least] = ''
  }
  return Object.values(parts).join('')
}

function lengthOf(parts: Readonly<Record<string, string>>): number {
  return Object.values(parts).join('').length
}

/** A bar of `width` columns that is filled up to `share`. */
export function bar(share: number, width: number): string {
  const filled = Math.round(width * share)
  return '━'.repeat(filled) + '╌'.repeat(width - filled)
}

/** Minutes and seconds. */
export function clock(seconds: number): string {
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}
