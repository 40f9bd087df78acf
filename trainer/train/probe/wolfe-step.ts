import { dot, plusScaled } from './vector.ts'

/** A function's value and its gradient, at a point. */
export interface Evaluation {
  readonly point: Float64Array
  readonly value: number
  readonly gradient: Float64Array
}

/** A smooth function. It may run elsewhere. */
export type Evaluate = (point: Float64Array) => Promise<Evaluation>

/** The decrease that is asked for, as a share of what the slope promises. */
const sufficientDecrease = 1e-4
/** The slope that may be left, as a share of the one at the start. */
const remainingSlope = 0.9
/** What a value computed in float32 may be off, as a share of it. */
const rounding = 1e-7
const maxTrials = 20

/** A length that was tried, and the slope there. */
interface Trial {
  readonly length: number
  readonly slope: number
}

/**
 * A point along `direction` that satisfies the Wolfe conditions, searched from `length` times it on; null where there is none to be
 * found, as rounding hides them. Nocedal and Wright, Numerical Optimization, equations 3.6.
 */
export async function wolfeStep(evaluate: Evaluate, from: Evaluation, direction: Float64Array, length: number): Promise<Evaluation | null> {
  const start: Trial = { length: 0, slope: dot(from.gradient, direction) }
  if (!(start.slope < 0)) return null
  let low = start // too short
  let high: Trial | null = null // too long

  for (let trials = 0; trials < maxTrials; trials++) {
    const next = await evaluate(plusScaled(from.point, direction, length))
    const slope = dot(next.gradient, direction)
    const limit = from.value + sufficientDecrease * length * start.slope + rounding * Math.abs(from.value)
    if (!(next.value <= limit))
      high = { length, slope } // also where the value is not a number
    else if (slope < remainingSlope * start.slope) low = { length, slope }
    else return next
    length = between(low, high, length)
  }
  return null
}

/** Where a slope that changes evenly reaches zero; kept off the bracket's ends, and from growing too far where it is open. */
function between(low: Trial, high: Trial | null, length: number): number {
  if (high === null) return 4 * length
  const share = low.slope / (low.slope - high.slope)
  return low.length + (share > 0.1 && share < 0.9 ? share : 0.5) * (high.length - low.length)
}
