import { expect, test } from 'vitest'
import { predictionsOf } from '../../../trainer/evaluate/predictions.ts'
import { talliesOf } from '../../../trainer/evaluate/tallies.ts'
import { asTheyAre, halves } from '../../fixtures/softmax-reading.ts'

test('labels are counted where they are there, where they are given, and where both', () => {
  const one = predictionsOf([[1, 0], [0, 1], [0, 1]], [0, 0, 1], 2, asTheyAre) // biome-ignore format: a matrix
  expect(talliesOf(one)).toEqual([
    { labelled: 2, answered: 1, hits: 1 },
    { labelled: 1, answered: 2, hits: 1 },
  ])
  const several = predictionsOf([[1, 1], [1, 0], [0, 0]], [[0], [0, 1], []], 2, halves) // biome-ignore format: a matrix
  expect(talliesOf(several)).toEqual([
    { labelled: 2, answered: 2, hits: 2 },
    { labelled: 1, answered: 1, hits: 0 },
  ])
})
