import { describe, expect, test } from 'vitest'
import { namesOf } from '../../../shared/names-of.ts'
import { rateFactor } from '../../../trainer/train/rate-factor.ts'
import * as schedules from '../../../trainer/train/schedules/table.ts'

const steps = 100

describe.each(namesOf(schedules))('%s', (name) => {
  test('rises in equal steps and reaches 1 where the warmup ends', () => {
    const factors = Array.from({ length: 10 }, (_, step) => rateFactor(step, schedules[name], { warmup: 0.1, steps }))
    for (const [step, factor] of factors.entries()) expect(factor).toBeCloseTo((step + 1) / 10)
    expect(rateFactor(10, schedules[name], { warmup: 0.1, steps })).toBe(1)
  })

  test('without warmup the first step has the whole rate', () => {
    expect(rateFactor(0, schedules[name], { warmup: 0, steps })).toBe(1)
  })

  test('where all steps are warmup, the last has the whole rate', () => {
    expect(rateFactor(steps - 1, schedules[name], { warmup: 1, steps })).toBe(1)
  })
})

test('constant stays, linear and cosine fall towards 0 and never below', () => {
  const last = (name: keyof typeof schedules) => rateFactor(steps - 1, schedules[name], { warmup: 0.1, steps })
  expect(last('constant')).toBe(1)
  expect(last('linear')).toBeCloseTo(1 / 90)
  expect(last('cosine')).toBeGreaterThan(0)
  expect(last('cosine')).toBeLessThan(last('linear'))
  expect(rateFactor(55, schedules.cosine, { warmup: 0.1, steps })).toBeCloseTo(0.5)
})
