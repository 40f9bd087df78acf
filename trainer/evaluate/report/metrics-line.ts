import { namesOf } from '../../../shared/names-of.ts'
import * as metrics from '../metrics/table.ts'
import type { MetricValues } from '../metrics.ts'

/** Metrics by their names for people, in one line: all of them, or those in `names`. */
export function metricsLine(values: MetricValues, names: readonly (keyof MetricValues)[] = namesOf(metrics)): string {
  return names.map((name) => `${metrics[name].label} ${values[name].toFixed(3)}`).join(', ')
}
