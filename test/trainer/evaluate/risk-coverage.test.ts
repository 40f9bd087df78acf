import { expect, test } from 'vitest'
import { riskCoverage } from '../../../trainer/evaluate/risk-coverage.ts'
import { seededRandom } from '../../../trainer/random.ts'

test('five answers by hand: the surest first, and two of one confidence together', () => {
  //                   2nd   last  1st   3rd and 4th
  const confidences = [0.75, 0.25, 1, 0.5, 0.5]
  const right = [true, false, true, false, true]
  const { points, area } = riskCoverage(confidences, right)
  expect(points).toEqual([
    { threshold: 1, coverage: 1 / 5, risk: 0 },
    { threshold: 0.75, coverage: 2 / 5, risk: 0 },
    { threshold: 0.5, coverage: 4 / 5, risk: 1 / 4 },
    { threshold: 0.25, coverage: 1, risk: 2 / 5 },
  ])
  expect(area).toBeCloseTo((0 + 0 + 1 / 4 + 1 / 4 + 2 / 5) / 5, 12)
})

test('where every answer is right the area is none, where every one is wrong it is all, and one answer is a curve', () => {
  expect(riskCoverage([0.9, 0.8], [true, true]).area).toBe(0)
  expect(riskCoverage([0.9, 0.8], [false, false]).area).toBe(1)
  expect(riskCoverage([0.9], [false])).toEqual({ points: [{ threshold: 0.9, coverage: 1, risk: 1 }], area: 1 })
})

test('of many answers so many points are kept as are drawn, with both ends; the area is that of all', () => {
  const random = seededRandom(7)
  const confidences = Array.from({ length: 5000 }, random)
  const right = confidences.map((confidence) => random() < confidence)
  const { points, area } = riskCoverage(confidences, right)
  expect(points).toHaveLength(200)
  expect(points[0]).toMatchObject({ threshold: Math.max(...confidences), coverage: 1 / 5000 })
  expect(points.at(-1)).toEqual({
    threshold: Math.min(...confidences),
    coverage: 1,
    risk: right.filter((each) => !each).length / 5000,
  })
  expect(points.map(({ coverage }) => coverage)).toEqual(points.map(({ coverage }) => coverage).toSorted((a, b) => a - b))
  // answers by chance cost the share that is wrong; these are surer where they are right
  expect(area).toBeCloseTo(meanRiskOf(confidences, right), 10)
})

/** The mean over k of the share that is wrong among the k surest. */
function meanRiskOf(confidences: readonly number[], right: readonly boolean[]): number {
  const sorted = confidences.map((confidence, n) => ({ confidence, right: right[n] })).sort((a, b) => b.confidence - a.confidence)
  const risks = sorted.map((_, k) => sorted.slice(0, k + 1).filter((row) => !row.right).length / (k + 1))
  return risks.reduce((sum, risk) => sum + risk, 0) / risks.length
}
