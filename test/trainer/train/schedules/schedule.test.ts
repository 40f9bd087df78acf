import { expect, test } from 'vitest'
import { rateFactor, schedules } from '../../../../trainer/train/schedules/schedule.ts'

const steps = 100

test.each(schedules)('%s rises in equal steps and reaches 1 where the warm-up ends', (schedule) => {
  const factors = Array.from({ length: 10 }, (_, step) => rateFactor(step, { schedule, warmup: 0.1, steps }))
  for (const [step, factor] of factors.entries()) expect(factor).toBeCloseTo((step + 1) / 10)
  expect(rateFactor(10, { schedule, warmup: 0.1, steps })).toBe(1)
})

test('without warm-up the first step has the whole rate', () => {
  for (const schedule of schedules) expect(rateFactor(0, { schedule, warmup: 0, steps })).toBe(1)
})

test('constant stays, linear and cosine fall towards 0 and never below', () => {
  const last = (schedule: (typeof schedules)[number]) => rateFactor(steps - 1, { schedule, warmup: 0.1, steps })
  expect(last('constant')).toBe(1)
  expect(last('linear')).toBeCloseTo(1 / 90)
  expect(last('cosine')).toBeGreaterThan(0)
  expect(last('cosine')).toBeLessThan(last('linear'))
  expect(rateFactor(55, { schedule: 'cosine', warmup: 0.1, steps })).toBeCloseTo(0.5)
})
