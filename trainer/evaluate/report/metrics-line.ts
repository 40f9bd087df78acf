import { namesOf } from '../../../shared/names-of.ts'
import type { Metric } from '../metrics/metric.ts'
import * as table from '../metrics/table.ts'
import type { MetricValues } from '../metrics.ts'

const metrics: Readonly<Record<keyof MetricValues, Metric>> = table
const brief = namesOf(table).filter((name) => metrics[name].brief)

/** What stands for all where there is room for two: of several labels a text F1, since all of a text's labels are seldom just right. */
export function headlines({ accuracy, microF1 = accuracy }: Partial<MetricValues>): (keyof MetricValues)[] {
  return [microF1 === accuracy ? 'accuracy' : 'microF1', 'loss']
}

/** Metrics by their names for people, in one line: a few of them, or those in `names`, as far as there are values. */
export function metricsLine(values: Partial<MetricValues>, names: readonly (keyof MetricValues)[] = brief): string {
  return names
    .flatMap((name) => {
      const value = values[name]
      return value === undefined ? [] : [`${metrics[name].label} ${value.toFixed(3)}`]
    })
    .join(', ')
}
