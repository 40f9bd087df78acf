import * as metrics from './metrics/table.ts'
import type { MetricValues } from './metrics.ts'

/** What a step is chosen by: the first of these that differs. */
const criteria = ['accuracy', 'loss'] as const

type Measured = Pick<MetricValues, (typeof criteria)[number]>

/** Whether a prompt that measures `now` is to be chosen over one that measured `before`. */
export function isBetter(now: Measured, before: Measured): boolean {
  const name = criteria.find((criterion) => now[criterion] !== before[criterion])
  if (name === undefined) return false
  return metrics[name].better === 'higher' ? now[name] > before[name] : now[name] < before[name]
}
