import { expect, test } from 'vitest'
import { minimize } from '../../../../trainer/train/probe/lbfgs.ts'
import type { Evaluate } from '../../../../trainer/train/probe/wolfe-step.ts'

const limits = { gradientTolerance: 1e-8, decreaseTolerance: 0, maxIterations: 500 }
const proceed = () => {}

/** Σ scale·(x − 1)², whose scales lie 10³ apart. */
const bowl: Evaluate = async (point) => {
  const scale = (i: number) => 10 ** ((3 * i) / (point.length - 1))
  return {
    point,
    value: point.reduce((sum, x, i) => sum + scale(i) * (x - 1) ** 2, 0),
    gradient: point.map((x, i) => 2 * scale(i) * (x - 1)),
  }
}

/** Rosenbrock's valley, whose floor bends. */
const valley: Evaluate = async (point) => {
  const [x = 0, y = 0] = point
  return {
    point,
    value: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
    gradient: Float64Array.of(-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)),
  }
}

test.each([
  ['a bowl of uneven steepness', bowl, new Float64Array(20)],
  ['a valley that bends', valley, Float64Array.of(-1.2, 1)],
])('finds the bottom of %s', async (_, evaluate, start) => {
  const { point, iterations } = await minimize(evaluate, start, limits, proceed)
  for (const x of point) expect(x).toBeCloseTo(1, 6)
  expect(iterations).toBeLessThan(limits.maxIterations)
})

test('stays where it begins at the bottom', async () => {
  const start = new Float64Array(5).fill(1)
  expect(await minimize(bowl, start, limits, proceed)).toMatchObject({ point: start, value: 0, iterations: 0 })
})

test('ends after as many iterations as it is given, lower than it began', async () => {
  const start = Float64Array.of(-1.2, 1)
  const { iterations, value } = await minimize(valley, start, { ...limits, maxIterations: 3 }, proceed)
  expect(iterations).toBe(3)
  expect(value).toBeLessThan((await valley(start)).value)
})

test('ends where ten iterations gain too little', async () => {
  const endless: Evaluate = async (point) => ({ point, value: 1 + Math.exp(-point[0]!), gradient: point.map((x) => -Math.exp(-x)) })
  const { iterations } = await minimize(endless, Float64Array.of(0), { ...limits, gradientTolerance: 0, decreaseTolerance: 1e-3 }, proceed)
  expect(iterations).toBeGreaterThanOrEqual(10)
  expect(iterations).toBeLessThan(50)
})

test('ends where rounding hides the way down', async () => {
  const coarse: Evaluate = async (point) => {
    const { value, gradient } = await bowl(point)
    return { point, value: 1000 + Math.fround(value), gradient: Float64Array.from(gradient, (x) => Math.round(x * 1e3) / 1e3 + 1e-3) }
  }
  const { iterations, value } = await minimize(coarse, new Float64Array(8), limits, proceed)
  expect(iterations).toBeLessThan(limits.maxIterations)
  expect(value).toBeLessThan(1000.01)
})

test('asks before every iteration whether to go on', async () => {
  const asked: number[] = []
  const search = minimize(valley, Float64Array.of(-1.2, 1), limits, (iterations) => {
    asked.push(iterations)
    if (iterations === 3) throw new Error('enough')
  })
  await expect(search).rejects.toThrow('enough')
  expect(asked).toEqual([0, 0, 1, 2, 3])
})
