import { expect, test } from 'vitest'
import { compareAnswers, disagreement } from '../../../trainer/evaluate/compared-answers.ts'
import { mcnemarTest } from '../../../trainer/evaluate/mcnemar.ts'
import { predictionsOf } from '../../../trainer/evaluate/predictions.ts'
import { asTheyAre, halves } from '../../fixtures/softmax-reading.ts'

const labels = [0, 0, 1, 1]
const answering = (probabilities: number[][]) => predictionsOf(probabilities, labels, 2, asTheyAre)
const a = answering([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3]]) // biome-ignore format: a matrix
const b = answering([[0.8, 0.2], [0.3, 0.7], [0.9, 0.1], [0.7, 0.3]]) // biome-ignore format: a matrix

test('who is right where the other is not is counted, and tested', () => {
  const { right, p, difference } = compareAnswers(a, b)
  expect(right).toEqual({ both: 1, onlyA: 2, onlyB: 0, neither: 1 })
  expect(p).toBe(mcnemarTest(2, 0))
  expect(difference.difference).toBe(0.5)
  expect(compareAnswers(b, a).difference.difference).toBe(-0.5)
})

test('rows that got another label, and how far probabilities are apart at most', () => {
  expect(disagreement(a, b)).toEqual({ rows: [1, 2], largest: expect.closeTo(0.7, 12) })
  expect(disagreement(a, a)).toEqual({ rows: [], largest: 0 })
})

test('an answer that is withheld is not right, and another than one that is given', () => {
  const rows = [[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3]] // biome-ignore format: a matrix
  const cautious = predictionsOf(rows, labels, 2, { ...asTheyAre, thresholds: [0.65, 0.65] })
  expect(compareAnswers(a, cautious)).toMatchObject({
    right: { both: 2, onlyA: 1, onlyB: 0, neither: 1 },
    difference: { metric: 'answeredRightly', difference: 0.25 },
    microF1: null,
  })
  expect(disagreement(a, cautious)).toEqual({ rows: [1], largest: 0 })
  expect(disagreement(cautious, cautious).rows).toEqual([])
})

test('of several labels a text all have to be right, and another set is another answer', () => {
  const sets = [[0], [0, 1], []]
  const c = predictionsOf([[0.9, 0.1], [0.9, 0.8], [0.1, 0.2]], sets, 2, halves) // biome-ignore format: a matrix
  const d = predictionsOf([[0.9, 0.1], [0.9, 0.1], [0.1, 0.2]], sets, 2, halves) // biome-ignore format: a matrix
  expect(compareAnswers(c, d).microF1).toMatchObject({ metric: 'microF1', difference: expect.closeTo(1 - 0.8, 12) })
  expect(compareAnswers(c, d).right).toEqual({ both: 2, onlyA: 1, onlyB: 0, neither: 0 })
  expect(disagreement(c, d)).toEqual({ rows: [1], largest: expect.closeTo(0.7, 12) })
})
