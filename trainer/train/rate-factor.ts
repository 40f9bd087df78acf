import type { Schedule } from './schedules/schedule.ts'

export interface WarmupSettings {
  /** The share of the steps over which the rate rises from 0. */
  readonly warmup: number
  readonly steps: number
}

/** What the learning rate is multiplied by at `step` (the first is 0): a linear rise, then as `schedule` says. */
export function rateFactor(step: number, schedule: Schedule, { warmup, steps }: WarmupSettings): number {
  const rise = Math.round(warmup * steps)
  return step < rise ? (step + 1) / rise : schedule((step - rise) / Math.max(1, steps - rise))
}
