export const schedules = ['constant', 'linear', 'cosine'] as const
export type Schedule = (typeof schedules)[number]

export interface ScheduleSettings {
  readonly schedule: Schedule
  /** The share of the steps over which the rate rises from 0. */
  readonly warmup: number
  readonly steps: number
}

/** What the learning rate is multiplied by at `step` (the first is 0): a linear rise, then constant or falling towards 0. */
export function rateFactor(step: number, { schedule, warmup, steps }: ScheduleSettings): number {
  const rise = Math.round(warmup * steps)
  if (step < rise) return (step + 1) / rise
  const done = (step - rise) / Math.max(1, steps - rise)
  if (schedule === 'constant') return 1
  return schedule === 'linear' ? 1 - done : (1 + Math.cos(Math.PI * done)) / 2
}
