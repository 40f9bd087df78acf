import { namesOf } from '../../shared/names-of.ts'
import type { Metric } from './metrics/metric.ts'
import * as table from './metrics/table.ts'
import type { MetricValues } from './metrics.ts'

/** Metrics of which those are there that a step is chosen by. */
export type ChosenBy = Readonly<Partial<MetricValues>>

const metrics: Readonly<Record<keyof MetricValues, Metric>> = table

/** A metric that a step is chosen by. */
export type Criterion = keyof MetricValues

/** The metrics that a step may be chosen by. */
export const possibleCriteria: readonly Criterion[] = namesOf(table).filter((name) => metrics[name].criterion)

/** Of two, the first of these that differs chooses. */
export type Criteria = readonly [Criterion, ...Criterion[]]

/** What a step is chosen by: a metric and, of equals, the loss. */
export function criteriaBy(criterion: Criterion): Criteria {
  return criterion === 'loss' ? ['loss'] : [criterion, 'loss']
}

/** Whether a prompt that measures `now` is to be chosen over one that measured `before`: the first criterion that differs decides. */
export function isBetter(now: ChosenBy, before: ChosenBy, criteria: readonly Criterion[]): boolean {
  const name = criteria.find((criterion) => now[criterion] !== before[criterion])
  if (name === undefined) return false
  const [value, other] = [now[name] as number, before[name] as number]
  return metrics[name].better === 'higher' ? value > other : value < other
}
