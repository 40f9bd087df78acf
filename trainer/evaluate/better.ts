import { namesOf } from '../../shared/names-of.ts'
import type { Metric } from './metrics/metric.ts'
import * as table from './metrics/table.ts'
import type { MetricValues } from './metrics.ts'

/** Metrics of which those are there that a step is chosen by. */
export type ChosenBy = Readonly<Partial<MetricValues>>

const metrics: Readonly<Record<keyof MetricValues, Metric>> = table
const place = (name: keyof MetricValues) => metrics[name].criterion ?? 0

/** The metrics that a step is chosen by, the first of them first. */
export const criteria: readonly (keyof MetricValues)[] = namesOf(table)
  .filter((name) => place(name) > 0)
  .sort((a, b) => place(a) - place(b))

/** Whether a prompt that measures `now` is to be chosen over one that measured `before`: the first criterion that differs decides. */
export function isBetter(now: ChosenBy, before: ChosenBy): boolean {
  const name = criteria.find((criterion) => now[criterion] !== before[criterion])
  if (name === undefined) return false
  const [value, other] = [now[name] as number, before[name] as number]
  return metrics[name].better === 'higher' ? value > other : value < other
}
