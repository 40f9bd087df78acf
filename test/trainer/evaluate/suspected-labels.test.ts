import { expect, test } from 'vitest'
import { predictionsOf } from '../../../trainer/evaluate/predictions.ts'
import { suspectedLabels } from '../../../trainer/evaluate/suspected-labels.ts'
import { seededRandom } from '../../../trainer/random.ts'
import { asTheyAre, halves } from '../../fixtures/softmax-reading.ts'

const of = (probabilities: ArrayLike<number>[], labels: number[]) => predictionsOf(probabilities, labels, 3, asTheyAre)

test('rows that are answered otherwise are ranked by how sure that is; those that are right are none', () => {
  const probabilities = [
    [0.9, 0.1, 0], // right, and sure
    [0.2, 0.5, 0.3], // by 0.2
    [0, 0.01, 0.99], // by 0.99
    [0.34, 0.33, 0.33], // right, just so
    Float32Array.of(0, 0.5, 0.5), // right: of equals the first
    [0.6, 0, 0.4], // by 0.6
    [0.6, 0.4, 0], // by 0.6, and later
  ]
  const labels = [0, 2, 0, 0, 1, 1, 2]
  const found = suspectedLabels(of(probabilities, labels))
  expect(found.map(({ row }) => row)).toEqual([2, 5, 6, 1])
  expect(found[0]).toEqual({ row: 2, label: 0, answer: 2, ofLabel: 0, ofAnswer: 0.99 })
  expect(suspectedLabels(of(probabilities, labels), 2)).toEqual(found.slice(0, 2))
  expect(suspectedLabels(of([], []))).toEqual([])
})

test('labels that were changed are found before others', () => {
  const random = seededRandom(3)
  const truth = Array.from({ length: 400 }, () => Math.floor(3 * random()))
  const changed = new Set([7, 50, 51, 120, 199, 300, 301, 302, 377, 390])
  const labels = truth.map((label, row) => (changed.has(row) ? (label + 1) % 3 : label))
  const probabilities = truth.map((label, row) => {
    const sure = changed.has(row) || random() > 0.1 ? 0.8 + 0.2 * random() : 0.3 * random() // a tenth is answered wrongly, with little
    return [0, 1, 2].map((c) => (c === label ? sure : (1 - sure) / 2))
  })
  expect(new Set(suspectedLabels(of(probabilities, labels), 10).map(({ row }) => row))).toEqual(changed)
})

test('of several labels a text it is just those that are likely or not', () => {
  const found = suspectedLabels(predictionsOf([[0.9, 0.8], [0.9, 0.1]], [[0], [0]], 2, halves)) // biome-ignore format: a matrix
  expect(found).toEqual([{ row: 0, label: [0], answer: [0, 1], ofLabel: expect.closeTo(0.18, 12), ofAnswer: expect.closeTo(0.72, 12) }])
})
