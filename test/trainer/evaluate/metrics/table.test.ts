import { describe, expect, test } from 'vitest'
import { namesOf } from '../../../../shared/names-of.ts'
import * as metrics from '../../../../trainer/evaluate/metrics/table.ts'
import { predictionsOf } from '../../../../trainer/evaluate/predictions.ts'

const labels = [0, 0, 1, 2]
/** Predictions that give each row the score 3 for its answer. */
const answering = (answers: number[]) => {
  const scores = answers.map((answer) => [0, 1, 2].map((c) => (c === answer ? 3 : 0)))
  return predictionsOf(scores, labels, 3)
}

describe.each(namesOf(metrics))('%s', (name) => {
  const { of, better, label } = metrics[name]

  test('is no worse where every answer is right than where none is', () => {
    const [right, wrong] = [of(answering(labels)), of(answering([1, 2, 0, 0]))]
    expect(better === 'higher' ? right >= wrong : right <= wrong).toBe(true)
  })

  test('has a name for people of its own', () => {
    expect(label).toMatch(/\S/)
    expect(Object.values(metrics).filter((other) => other.label === label)).toHaveLength(1)
  })
})

test('accuracy, macro-F1 and the majority, worked by hand', () => {
  const predictions = answering([0, 1, 1, 1]) // right: the first and the third
  expect(metrics.accuracy.of(predictions)).toBe(1 / 2)
  expect(metrics.macroF1.of(predictions)).toBeCloseTo((2 / 3 + 2 / 4 + 0) / 3)
  expect(metrics.majority.of(predictions)).toBe(1 / 2)
  expect(metrics.accuracy.of(answering(labels))).toBe(1)
  expect(metrics.macroF1.of(answering(labels))).toBe(1)
})

test('a label that is neither in the data nor among the answers does not count for macro-F1', () => {
  const scores = [[3, 0, 0], [0, 3, 0]] // biome-ignore format: a matrix
  expect(metrics.macroF1.of(predictionsOf(scores, [0, 1], 3))).toBe(1)
})
