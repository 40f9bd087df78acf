import { dot, largest, plusScaled } from './vector.ts'
import { type Evaluate, type Evaluation, wolfeStep } from './wolfe-step.ts'

export interface SearchLimits {
  /** The search ends where no element of the gradient is larger. */
  readonly gradientTolerance: number
  /** And where the last ten iterations together took less than this share off the value. */
  readonly decreaseTolerance: number
  readonly maxIterations: number
}

export interface Minimum extends Evaluation {
  readonly iterations: number
}

/** How many steps the curvature is learned from. */
const memory = 10

/** A step, and how the gradient changed along it. */
interface Pair {
  readonly step: Float64Array
  readonly change: Float64Array
  /** step · change, which a Wolfe step makes positive. */
  readonly product: number
}

/**
 * The lowest point found of a smooth function from `start` on, by L-BFGS. Ends also where rounding hides what is left to gain.
 * `proceed` is called before every iteration with how many are done; what it throws ends the search.
 * Nocedal and Wright, Numerical Optimization, algorithm 7.5.
 */
export async function minimize(
  evaluate: Evaluate,
  start: Float64Array,
  { gradientTolerance, decreaseTolerance, maxIterations }: SearchLimits,
  proceed: (iterations: number) => void,
): Promise<Minimum> {
  proceed(0)
  let now = await evaluate(start)
  const values = [now.value]
  const pairs: Pair[] = []
  let iterations = 0

  while (iterations < maxIterations && largest(now.gradient) > gradientTolerance) {
    const before = values.at(-1 - memory)
    if (before !== undefined && before - now.value < decreaseTolerance * Math.abs(before)) break
    proceed(iterations)

    const direction = descent(now.gradient, pairs)
    const length = iterations === 0 ? 1 / Math.sqrt(dot(now.gradient, now.gradient)) : 1 // at first the scale is unknown
    const next = await wolfeStep(evaluate, now, direction, length)
    if (next === null) break

    const [step, change] = [plusScaled(next.point, now.point, -1), plusScaled(next.gradient, now.gradient, -1)]
    pairs.push({ step, change, product: dot(step, change) })
    if (pairs.length > memory) pairs.shift()
    values.push(next.value)
    now = next
    iterations++
  }
  return { ...now, iterations }
}

/** −(the inverse Hessian, as far as the pairs tell it) · gradient, by two loops over them. Algorithm 7.4. */
function descent(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
  let direction: Float64Array = gradient.map((value) => -value)
  const taken = new Map<Pair, number>()
  for (const pair of pairs.toReversed()) {
    const share = dot(pair.step, direction) / pair.product
    direction = plusScaled(direction, pair.change, -share)
    taken.set(pair, share)
  }
  const newest = pairs.at(-1)
  if (newest !== undefined) {
    const scale = newest.product / dot(newest.change, newest.change)
    direction = direction.map((value) => scale * value)
  }
  for (const pair of pairs) {
    const share = dot(pair.change, direction) / pair.product
    direction = plusScaled(direction, pair.step, (taken.get(pair) as number) - share)
  }
  return direction
}
