import { namesOf } from '../../../shared/table.ts'
import * as metrics from '../metrics/table.ts'
import type { MetricValues } from '../metrics.ts'

/** Every metric by its name for people, in one line. */
export function metricsLine(values: MetricValues): string {
  return namesOf(metrics)
    .map((name) => `${metrics[name].label} ${values[name].toFixed(3)}`)
    .join(', ')
}
