import { expect, test } from 'vitest'
import { mcnemarTest } from '../../../trainer/evaluate/mcnemar.ts'
import reference from '../../reference/metrics.json' with { type: 'json' }

test.each(reference.mcnemar)('$onlyA against $onlyB is as probable as SciPy says', ({ onlyA, onlyB, p }) => {
  const found = mcnemarTest(onlyA, onlyB)
  expect(found).toBe(mcnemarTest(onlyB, onlyA))
  expect(Math.abs(found / p - 1)).toBeLessThan(1e-9)
})

test('a difference that chance could never make has no probability, and rows that few differ on none that is small', () => {
  expect(mcnemarTest(0, 100_000)).toBe(0)
  expect(mcnemarTest(0, 5)).toBeGreaterThan(0.05)
})
