import { expect, test } from 'vitest'
import { predictionsOf } from '../../../trainer/evaluate/predictions.ts'
import { inOrderOf, requireSameLabels } from '../../../trainer/evaluate/same-labels.ts'
import { halves } from '../../fixtures/softmax-reading.ts'

test('labels that differ are named, and another order is none', () => {
  const a = { name: 'runs/a', labels: ['x', 'y'] }
  expect(() => requireSameLabels(a, { name: 'runs/b', labels: ['y', 'x'] })).not.toThrow()
  expect(() => requireSameLabels(a, { name: 'runs/b', labels: ['x', 'y', 'z'] })).toThrow(
    'Cannot compare runs/a with runs/b: they have different labels: only runs/b has "z".',
  )
  expect(() => requireSameLabels(a, { name: 'runs/b', labels: ['x', 'z'] })).toThrow(/only runs\/a has "y"; only runs\/b has "z"\./)
})

test('answers are counted in another order without becoming others, also where two labels are equally likely', () => {
  const predictions = predictionsOf([[2, 2, 0], [0, 1, 3]], [1, 2], 3) // biome-ignore format: a matrix
  const { labels, predictions: moved, truncated } = inOrderOf(['c', 'b', 'a'], { labels: ['a', 'b', 'c'], predictions, truncated: 1 })
  expect({ labels, truncated }).toEqual({ labels: ['c', 'b', 'a'], truncated: 1 })
  // still "a", the first of equals where it was answered
  expect(moved).toMatchObject({ answers: [2, 0], labels: [1, 0], confusion: [[1, 0, 0], [0, 0, 1], [0, 0, 0]] }) // biome-ignore format: a matrix
  expect(moved.probabilities).toEqual(predictions.probabilities.map((row) => Array.from(row).toReversed()))
})

test('sets of labels are counted in another order as well', () => {
  const predictions = predictionsOf([[0.9, 0.6, 0.1]], [[0, 2]], 3, halves)
  const { predictions: moved } = inOrderOf(['c', 'b', 'a'], { labels: ['a', 'b', 'c'], predictions, truncated: 0 })
  expect(moved).toMatchObject({ answers: [[1, 2]], labels: [[0, 2]], probabilities: [[0.1, 0.6, 0.9]] })
})
