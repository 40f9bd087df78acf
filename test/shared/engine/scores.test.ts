import { expect, test } from 'vitest'
import { argmax, labelScores, softmax } from '../../../shared/engine/scores.ts'
import { seededRandom } from '../../../trainer/random.ts'

const random = seededRandom(5)
const numbers = (length: number, scale = 1) => Float32Array.from({ length }, () => (random() - 0.5) * scale)

test('a label’s score is the product of its row and the hidden state, plus its bias', () => {
  const small = { labelRows: Float32Array.of(1, 0, 0, 0, 1, -1), bias: Float32Array.of(0, 0.5) }
  expect(labelScores(Float32Array.of(1, 2, 3), small)).toEqual(Float64Array.of(1, -0.5))
  const [hidden, rows, bias] = [numbers(64), numbers(5 * 64), numbers(5)]
  const wanted = Array.from({ length: 5 }, (_, c) => hidden.reduce((sum, value, h) => sum + value * rows[c * 64 + h]!, bias[c]!))
  for (const [c, score] of labelScores(hidden, { labelRows: rows, bias }).entries()) expect(score).toBeCloseTo(wanted[c]!, 12)
})

test('softmax sums to one, keeps the order, and does not care what is added to all scores', () => {
  for (let i = 0; i < 200; i++) {
    const scores = Array.from(numbers(1 + Math.floor(random() * 8), 20))
    const probabilities = softmax(scores)
    expect(probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12)
    expect(argmax(probabilities)).toBe(argmax(scores))
    for (const [c, value] of softmax(scores.map((score) => score + 1000)).entries()) expect(value).toBeCloseTo(probabilities[c]!, 9)
  }
})

test('softmax neither overflows nor underflows to NaN', () => {
  expect(softmax([1e300, 0])).toEqual([1, 0])
  expect(softmax([-1e300, -1e300])).toEqual([0.5, 0.5])
  expect(softmax([7])).toEqual([1])
})

test('a higher temperature makes answers more even, a lower one more certain', () => {
  const scores = [2, 0, -1]
  expect(softmax(scores, 1)).toEqual(softmax([4, 0, -2], 2))
  expect(softmax(scores, 10)[0]).toBeLessThan(softmax(scores)[0]!)
  expect(softmax(scores, 0.1)[0]).toBeGreaterThan(softmax(scores)[0]!)
})

test('argmax is the first of the largest', () => {
  expect(argmax([1, 3, 3, 2])).toBe(1)
  expect(argmax([-5])).toBe(0)
  expect(argmax(Float64Array.of(-2, -1, -3))).toBe(1)
})
