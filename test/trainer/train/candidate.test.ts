import { expect, test } from 'vitest'
import { softmax } from '../../../shared/engine/scores.ts'
import { bestTemperature } from '../../../trainer/evaluate/calibrate.ts'
import { metricsOf } from '../../../trainer/evaluate/metrics.ts'
import { type Candidate, measureCandidate } from '../../../trainer/train/candidate.ts'
import { classification } from '../../../trainer/train/objectives/classification.ts'

const scores = [
  [3, 0],
  [2.5, 0],
  [0, 1],
  [0.2, 0],
].map((row) => Float64Array.from(row))
const labels = [0, 0, 1, 1]
const candidate: Candidate = {
  ...{ method: 'prefix', stored: { kind: 'prefix', prefix: { length: 0, keyValues: new Float32Array() } } },
  ...{ placement: { positionOffset: 0, readout: 'mean' }, labelRows: new Float32Array(8), bias: new Float32Array(2), scores, bestStep: 3 },
}

test('a candidate is measured at the temperature that dev finds least surprising', () => {
  const measured = measureCandidate(candidate, classification, labels)
  expect(measured).toMatchObject(candidate)
  expect(measured.temperature).toBe(bestTemperature(scores, labels, (temperature) => (row) => softmax(row, temperature)))
  expect(measured.answer).toEqual({ type: 'softmax', version: 1, temperature: measured.temperature })
  expect(measured.metrics).toEqual(metricsOf(scores, labels, 2, (row) => softmax(row, measured.temperature)))
  expect(measured.metrics.loss).toBeLessThan(metricsOf(scores, labels, 2).loss)
  expect(measured.right).toEqual([true, true, true, false])
})
