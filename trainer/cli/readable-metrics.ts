import { criteria } from '../evaluate/better.ts'
import * as table from '../evaluate/metrics/table.ts'

/** What a card says of dev, for people: the metrics that a step is chosen by, as far as the card has them. */
export function readableMetrics(metrics: Readonly<Record<string, number>>): string {
  return criteria
    .flatMap((name) => {
      const value = metrics[name]
      return value === undefined ? [] : [`${table[name].label} ${value.toFixed(3)}`]
    })
    .join(', ')
}
