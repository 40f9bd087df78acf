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
  const values = names.map((): number[] => [])
  for (const rows of drawings(predictions.labels.length)) {
    const drawn = predictionsOfRows(predictions, rows)
    names.forEach((name, i) => void values[i]?.push(metrics[name].of(drawn)))
  }
  const intervals = names.map((name, i) => [name, intervalOf(values[i] as number[])] as const)
  return Object.fromEntries(intervals) as Record<Name, Interval>
}

/**
 * By how much a metric of `a` is above that of `b`, which are of the same rows, with the 95 % interval of that. Each time both are measured on
 * the same drawn rows, so that what both find easy or hard doesn't widen it.
 */
export function bootstrapDifference(
  a: Predictions,
  b: Predictions,
  metric: Pick<Metric, 'of'>,
): Interval & { readonly difference: number } {
  const differenceIn = (one: Predictions, other: Predictions) => metric.of(one) - metric.of(other)
  const values: number[] = []
  for (const rows of drawings(a.labels.length)) values.push(differenceIn(predictionsOfRows(a, rows), predictionsOfRows(b, rows)))
  return { difference: differenceIn(a, b), ...intervalOf(values) }
}

/** `N` rows of as many, drawn with replacement, a thousand times: one array, in which others stand each time. */
function* drawings(N: number): Generator<Int32Array> {
  const random = seededRandom(seed)
  const rows = new Int32Array(N)
  for (let resample = 0; resample < resamples; resample++) {
    for (let n = 0; n < N; n++) rows[n] = Math.floor(random() * N)
    yield rows
  }
}

function intervalOf(values: readonly number[]): Interval {
  const sorted = Float64Array.from(values).sort()
  return { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) }
}

/** The value below which a share of the sorted ones lies, between two of them in proportion. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1)
  const [below, above] = [sorted[Math.floor(place)] as number, sorted[Math.ceil(place)] as number]
  return below + (place - Math.floor(place)) * (above - below)
}
