import { expect, test } from 'vitest'
import { type Evaluate, wolfeStep } from '../../../../trainer/train/probe/wolfe-step.ts'

/** cosh(x − 3): steep far from its bottom at 3. */
const evaluate: Evaluate = async (point) => ({
  point,
  value: Math.cosh(point[0]! - 3),
  gradient: point.map((x) => Math.sinh(x - 3)),
})
const start = Float64Array.of(0)

test.each([1e-4, 1, 3, 10, 1e4])('searched from a length of %f on, it is lower, and less steep', async (length) => {
  const from = await evaluate(start)
  const next = (await wolfeStep(evaluate, from, Float64Array.of(1), length))!
  expect(next.value).toBeLessThan(from.value + 1e-4 * next.point[0]! * from.gradient[0]!)
  expect(next.gradient[0]).toBeGreaterThanOrEqual(0.9 * from.gradient[0]!)
})

test('takes the length that it is given where that will do', async () => {
  expect((await wolfeStep(evaluate, await evaluate(start), Float64Array.of(1), 2))?.point).toEqual(Float64Array.of(2))
})

test.each([
  ['leads upwards', Float64Array.of(-1)],
  ['leads nowhere', Float64Array.of(0)],
  ['is not a number', Float64Array.of(Number.NaN)],
])('finds nothing along a direction that %s', async (_, direction) => {
  expect(await wolfeStep(evaluate, await evaluate(start), direction, 1)).toBeNull()
})

test('goes back from where the value is not a number', async () => {
  const half: Evaluate = async (point) => (point[0]! > 4 ? { ...(await evaluate(point)), value: Number.NaN } : evaluate(point))
  expect((await wolfeStep(half, await half(start), Float64Array.of(1), 100))!.point[0]).toBeLessThanOrEqual(4)
})

test('gives up where no length will do', async () => {
  const wrong: Evaluate = async (point) => ({ point, value: 1 + point[0]!, gradient: Float64Array.of(-1) }) // its gradient lies
  expect(await wolfeStep(wrong, await wrong(start), Float64Array.of(1), 1)).toBeNull()
})
