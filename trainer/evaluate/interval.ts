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
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) } // rounding leaves the bounds by 1e-17
}

/**
 * How much more often `a` is right than `b` on the same rows, with the 95 % interval of that: from those of the two shares and how far both
 * are right on the same rows, which what both find easy or hard doesn't widen. It never has no width. Newcombe 1998, method 10.
 */
export function pairedDifference(a: readonly boolean[], b: readonly boolean[]): Interval & { readonly difference: number } {
  const n = a.length
  const count = (inA: boolean, inB: boolean) => a.filter((right, i) => right === inA && b[i] === inB).length
  const [both, onlyA, onlyB, neither] = [count(true, true), count(true, false), count(false, true), count(false, false)]
  const [shareA, shareB] = [(both + onlyA) / n, (both + onlyB) / n]
  const [ofA, ofB] = [shareInterval(shareA, n), shareInterval(shareB, n)]
  const together = both * neither - onlyA * onlyB
  const corrected = together > 0 ? Math.max(0, together - n / 2) : together
  const spread = Math.sqrt((both + onlyA) * (onlyB + neither) * (both + onlyB) * (onlyA + neither))
  const correlation = spread === 0 ? 0 : corrected / spread
  const distance = (x: number, y: number) => Math.sqrt(Math.max(0, x ** 2 - 2 * correlation * x * y + y ** 2))
  const difference = shareA - shareB
  return {
    difference,
    low: difference - distance(shareA - ofA.low, ofB.high - shareB),
    high: difference + distance(ofA.high - shareA, shareB - ofB.low),
  }
}
