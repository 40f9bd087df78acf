import { namesOf } from '../../../shared/names-of.ts'
import * as metrics from '../metrics/table.ts'
import type { MetricValues } from '../metrics.ts'

/** Metrics by their names for people, in one line: all of them, or those in `names`, as far as there are values. */
export function metricsLine(values: Partial<MetricValues>, names: readonly (keyof MetricValues)[] = namesOf(metrics)): string {
  return names
    .flatMap((name) => {
      const value = values[name]
      return value === undefined ? [] : [`${metrics[name].label} ${value.toFixed(3)}`]
    })
    .join(', ')
}
