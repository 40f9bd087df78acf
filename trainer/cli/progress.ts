import type { TrainingEvent } from '../train/events.ts'

const width = 24

/** One line of a training run's progress: bar, step, loss, dev accuracy, speed, time left. */
export function progressLine({
  step,
  steps,
  loss,
  accuracy,
  examplesPerSecond,
  secondsLeft,
}: Extract<TrainingEvent, { type: 'step' }>): string {
  const filled = Math.round((width * step) / steps)
  const bar = `${'━'.repeat(filled)}${'╌'.repeat(width - filled)}`
  const dev = accuracy === null ? '–' : accuracy.toFixed(3)
  return `${bar} ${step}/${steps}  loss ${loss.toFixed(3)}  dev ${dev}  ${examplesPerSecond.toFixed(0)} examples/s  ${clock(secondsLeft)} left`
}

/** Minutes and seconds. */
function clock(seconds: number): string {
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}
