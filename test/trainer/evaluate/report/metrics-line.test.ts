import { expect, test } from 'vitest'
import { metricsOf } from '../../../../trainer/evaluate/metrics.ts'
import { metricsLine } from '../../../../trainer/evaluate/report/metrics-line.ts'

test('every metric by its name for people', () => {
  const scores = [[3, 0], [0, 3], [0, 3]] // biome-ignore format: a matrix
  expect(metricsLine(metricsOf(scores, [0, 1, 0], 2))).toBe('accuracy 0.667, loss 1.049, macro-F1 0.667, majority baseline 0.667')
})
