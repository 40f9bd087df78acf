import { seededRandom } from '../random.ts'
import type { Interval } from './interval.ts'
import type { Metric } from './metrics/metric.ts'
import { type Predictions, predictionsOfRows } from './predictions.ts'

const resamples = 1000
const seed = 1

/**
 * The 95 % intervals of metrics: what lies between the 2.5th and the 97.5th percentile where as many rows are drawn anew, with replacement,
 * a thousand times. The same for the same predictions. Efron 1979.
 */
export function bootstrapIntervals<Name extends string>(
  predictions: Predictions,
  metrics: Readonly<Record<Name, Pick<Metric, 'of'>>>,
): Record<Name, Interval> {
  const names = Object.keys(metrics) as Name[]
  const values = names.map(() => new Float64Array(resamples))
  const random = seededRandom(seed)
  const rows = new Int32Array(predictions.labels.length)
  for (let resample = 0; resample < resamples; resample++) {
    for (let n = 0; n < rows.length; n++) rows[n] = Math.floor(random() * rows.length)
    const drawn = predictionsOfRows(predictions, rows)
    names.forEach((name, i) => {
      ;(values[i] as Float64Array)[resample] = metrics[name].of(drawn)
    })
  }
  const intervals = names.map((name, i) => {
    const sorted = (values[i] as Float64Array).sort()
    return [name, { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) }] as const
  })
  return Object.fromEntries(intervals) as Record<Name, Interval>
}

/** The value below which a share of the sorted ones lies, between two of them in proportion. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1)
  const [below, above] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number]
  return below + (place - Math.floor(place)) * (above - below)
}
