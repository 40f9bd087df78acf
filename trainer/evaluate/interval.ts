/** A range of values, from the lowest to the highest. */
export interface Interval {
  readonly low: number
  readonly high: number
}

/** The normal distribution holds 95 % within so many standard deviations. */
const z = 1.959964

/** The 95 % interval of a share, such as an accuracy, that was measured on n rows. Wilson 1927. */
export function shareInterval(share: number, n: number): Interval {
  const centre = (share + z ** 2 / (2 * n)) / (1 + z ** 2 / n)
  const half = (z / (1 + z ** 2 / n)) * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2))
  return { low: centre - half, high: centre + half }
}

/**
 * How much more often `a` is right than `b` on the same rows, with the 95 % interval of that: of the mean of the rows' differences, which
 * what both find easy or hard doesn't widen.
 */
export function pairedDifference(a: readonly boolean[], b: readonly boolean[]): Interval & { readonly difference: number } {
  const differences = a.map((right, n) => Number(right) - Number(b[n]))
  const n = differences.length
  const difference = differences.reduce((sum, each) => sum + each, 0) / n
  const variance = differences.reduce((sum, each) => sum + (each - difference) ** 2, 0) / Math.max(1, n - 1)
  const half = z * Math.sqrt(variance / n)
  return { difference, low: difference - half, high: difference + half }
}
