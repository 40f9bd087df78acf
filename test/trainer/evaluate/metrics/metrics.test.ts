import { expect, test } from 'vitest'
import { softmax } from '../../../../shared/engine/scores.ts'
import { bestTemperature, metricsOf, onlyAnswer } from '../../../../trainer/evaluate/metrics/metrics.ts'
import { confusionTable } from '../../../../trainer/evaluate/report/confusion.ts'
import { seededRandom } from '../../../../trainer/random.ts'

const right = [3, 0, 0]
const second = [0, 3, 0]

test('accuracy, macro-F1, loss, majority and confusion, against figures worked by hand', () => {
  const metrics = metricsOf([right, right, second, second], [0, 0, 0, 1], 3)
  expect(metrics.accuracy).toBe(0.75)
  expect(metrics.majority).toBe(0.75)
  expect(metrics.confusion).toEqual([
    [2, 1, 0],
    [0, 1, 0],
    [0, 0, 0],
  ])
  expect(metrics.macroF1).toBeCloseTo((4 / 5 + 2 / 3) / 2) // the third label never occurs
  const hit = -Math.log(softmax(right)[0]!)
  expect(metrics.loss).toBeCloseTo((3 * hit + (hit + 3)) / 4)
})

test('one answer for every row is noticed', () => {
  expect(onlyAnswer(metricsOf([second, second], [0, 1], 3))).toBe(1)
  expect(onlyAnswer(metricsOf([right, second], [0, 1], 3))).toBe(null)
})

test('the temperature that scores were multiplied by is found again', () => {
  const random = seededRandom(5)
  const logits = Array.from({ length: 4000 }, () => [random() * 4, random() * 4])
  const labels = logits.map((row) => (random() < softmax(row)[0]! ? 0 : 1)) // drawn from the model: calibrated at 1
  const overconfident = logits.map((row) => row.map((score) => score * 3))
  const found = bestTemperature(overconfident, labels, 2)
  expect(found).toBeGreaterThan(2.5)
  expect(found).toBeLessThan(3.5)
})

test('the confusion table has a row a label and a column an answer', () => {
  const lines = confusionTable([[2, 0], [1, 5]], ['good', 'bad']).split('\n') // biome-ignore format: a matrix
  expect(lines).toHaveLength(3)
  expect(lines[1]).toMatch(/^good +2 +·$/)
  expect(lines[2]).toMatch(/^bad +1 +5$/)
})
