import { expect, test } from 'vitest'
import { comparedFigures, compareFigures } from '../../../trainer/evaluate/compared-figures.ts'
import { pairedDifference } from '../../../trainer/evaluate/interval.ts'
import { macroF1, microF1 } from '../../../trainer/evaluate/metrics/table.ts'
import { predictionsOf, rightRows } from '../../../trainer/evaluate/predictions.ts'
import { seededRandom } from '../../../trainer/random.ts'
import { halves } from '../../fixtures/softmax-reading.ts'

test('where accuracy or the loss chooses, the difference is that of the accuracies', () => {
  const answered = (scores: number[][]) => predictionsOf(scores, [0, 0, 1, 1], 2)
  const [a, b] = [answered([[1, 0], [1, 0], [0, 1], [1, 0]]), answered([[1, 0], [0, 1], [1, 0], [1, 0]])] // biome-ignore format: two matrices
  const difference = { metric: 'accuracy', ...pairedDifference(rightRows(a), rightRows(b)) }
  expect(compareFigures(a, b, 'accuracy')).toEqual(difference)
  expect(compareFigures(a, b, 'loss')).toEqual(difference)
})

test('where macro-F1 chooses, a label that is rare counts like the others', () => {
  const right = Array.from({ length: 200 }, (_, n) => Number(n % 20 === 0))
  const answering = (rare: number) => predictionsOf(right.map((label, n) => (label === 1 && n % 40 < rare ? [0, 1] : [1, 0])), right, 2) // biome-ignore format: one call
  const [half, none] = [answering(20), answering(0)]
  expect(compareFigures(half, none, 'accuracy').difference).toBeCloseTo(0.025, 12)
  const { metric, difference, low, high } = compareFigures(half, none, 'macroF1')
  expect(metric).toBe('macroF1')
  expect(difference).toBe(macroF1.of(half) - macroF1.of(none))
  expect(difference).toBeGreaterThan(0.3)
  expect(low).toBeGreaterThan(0)
  expect(high).toBeGreaterThan(difference)
})

/** Answers to 200 texts of three labels, of which each is given rightly with a probability. */
function answered(rightly: number, seed: number) {
  const random = seededRandom(seed)
  const right = Array.from({ length: 200 }, (_, n) => [0, 1, 2].filter((c) => (n >> c) % 2 === 0))
  const probabilities = right.map((set) => [0, 1, 2].map((c) => Number(set.includes(c) === random() < rightly)))
  return predictionsOf(probabilities, right, 3, halves)
}

test('of several labels a text it is that of micro-F1, with an interval that what both find hard does not widen', () => {
  const [good, bad] = [answered(0.9, 1), answered(0.6, 2)]
  const { metric, difference, low, high } = compareFigures(good, bad, 'microF1')
  expect(metric).toBe('microF1')
  expect(difference).toBe(microF1.of(good) - microF1.of(bad))
  expect(low).toBeGreaterThan(0.15)
  expect(low).toBeLessThan(difference)
  expect(high).toBeGreaterThan(difference)
  expect(compareFigures(bad, good, 'loss').high).toBeCloseTo(-low, 12)
  expect(compareFigures(good, good, 'microF1')).toEqual({ metric: 'microF1', difference: 0, low: 0, high: 0 })
})

test.each([
  ['accuracy', false, ['accuracy']],
  ['loss', false, ['accuracy']],
  ['microF1', false, ['accuracy']],
  ['macroF1', false, ['macroF1', 'accuracy']],
  ['macroRecall', false, ['macroRecall', 'accuracy']],
  ['calibrationError', false, ['accuracy']],
  ['microF1', true, ['microF1', 'accuracy']],
  ['loss', true, ['microF1', 'accuracy']],
  ['accuracy', true, ['accuracy', 'microF1']],
  ['macroF1', true, ['macroF1', 'accuracy']],
] as const)('what was chosen by %s (several labels a text: %s) is held against others by %j', (criterion, several, figures) => {
  expect(comparedFigures(criterion, several)).toEqual(figures)
})
