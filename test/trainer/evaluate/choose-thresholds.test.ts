import { describe, expect, test } from 'vitest'
import type { Thresholds } from '../../../shared/engine/heads/head.ts'
import { abstainingOf, thresholdsForF1, thresholdsForPrecision } from '../../../trainer/evaluate/choose-thresholds.ts'
import { type OneLabel, predictionsOf } from '../../../trainer/evaluate/predictions.ts'
import { asTheyAre, halves } from '../../fixtures/softmax-reading.ts'

/** Two labels. The first is answered at 0.9 (right), 0.8 (right), 0.7 (wrong), 0.6 (right); the second at 0.95 (wrong) and 0.55 (right). */
const sure = [0.9, 0.8, 0.7, 0.6, 0.05, 0.45]
const one = predictionsOf(sure.map((p) => [p, 1 - p]), [0, 0, 1, 0, 0, 1], 2, asTheyAre) as OneLabel // biome-ignore format: one call

describe('for a wanted precision', () => {
  test('each label gets the lowest threshold from which its answers are right so often', () => {
    const [first, second] = thresholdsForPrecision(one, 0.7, 'label')
    expect(first).toBeCloseTo(0.3, 12) // all four: three of them are right
    expect(second).toBeNull() // the surest is wrong, and half of both
    expect(thresholdsForPrecision(one, 0.5, 'label')[1]).toBeCloseTo(0.275, 12)
    expect(thresholdsForPrecision(one, 1, 'label')).toEqual([expect.closeTo(0.75, 12), null])
  })

  test('a task gets one for all its answers', () => {
    expect(thresholdsForPrecision(one, 0.66, 'task')).toEqual([expect.closeTo(0.275, 12), expect.closeTo(0.275, 12)])
    expect(thresholdsForPrecision(one, 1, 'task')).toEqual([null, null])
  })

  test('answers of one probability are given together or not at all', () => {
    const even = predictionsOf([[0.8, 0.2], [0.8, 0.2]], [0, 1], 2, asTheyAre) // biome-ignore format: a matrix
    expect(thresholdsForPrecision(even, 1, 'task')).toEqual([null, null])
  })

  test('what they come to: how much is answered, and how much of that is right', () => {
    const under = (thresholds: Thresholds) => predictionsOf(one.probabilities, one.labels, 2, { ...asTheyAre, thresholds }) as OneLabel
    expect(abstainingOf(under(thresholdsForPrecision(one, 1, 'label')))).toEqual({ coverage: 2 / 6, accuracy: 1 })
    expect(abstainingOf(under([0, 0]))).toEqual({ coverage: 1, accuracy: 4 / 6 })
    expect(abstainingOf(under([null, null]))).toEqual({ coverage: 0, accuracy: null })
  })
})

describe('of several labels a text', () => {
  const probabilities = [[0.9, 0.3], [0.4, 0.2], [0.1, 0.1]] // biome-ignore format: a matrix
  const several = predictionsOf(probabilities, [[0], [0], []], 2, halves)

  test('each label gets the threshold with the highest F1, and a half where no row has it', () => {
    expect(thresholdsForF1(several)).toEqual([0.25, 0.5])
    expect(thresholdsForF1(predictionsOf(probabilities, [[0], [], []], 2, halves))[0]).toBe(0.65)
  })

  test('or that with the wanted precision', () => {
    expect(thresholdsForPrecision(several, 1, 'label')).toEqual([0.25, null])
  })
})
