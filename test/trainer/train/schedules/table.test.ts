import { describe, expect, test } from 'vitest'
import { namesOf } from '../../../../shared/names-of.ts'
import * as schedules from '../../../../trainer/train/schedules/table.ts'

const shares = Array.from({ length: 101 }, (_, i) => i / 100)

describe.each(namesOf(schedules))('%s', (name) => {
  test('begins at the whole rate', () => expect(schedules[name](0)).toBe(1))

  test('never rises, and stays between 0 and the whole rate', () => {
    const factors = shares.map((done) => schedules[name](done))
    for (const [i, factor] of factors.entries()) {
      expect(factor).toBeGreaterThanOrEqual(0)
      expect(factor).toBeLessThanOrEqual(i === 0 ? 1 : factors[i - 1]!)
    }
  })
})

test.each([
  ['constant', [1, 1, 1]],
  ['linear', [0.75, 0.5, 0]],
  ['cosine', [0.5 + Math.SQRT1_2 / 2, 0.5, 0]],
] as const)('%s after a quarter, a half and all of the steps', (name, factors) => {
  for (const [i, done] of [0.25, 0.5, 1].entries()) expect(schedules[name](done)).toBeCloseTo(factors[i]!, 12)
})
