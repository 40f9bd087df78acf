import { headlines, metricsLine } from './metrics-line.ts'

/** What a card says of dev, for people: the metrics that a step is chosen by, as far as the card has them. */
export function readableMetrics(metrics: Readonly<Record<string, number>>): string {
  return metricsLine(metrics, headlines(metrics))
}
