import { expect, test } from 'vitest'
import { bestTemperature } from '../../../trainer/evaluate/calibrate.ts'
import { metricsOf } from '../../../trainer/evaluate/metrics.ts'
import { rightRows } from '../../../trainer/evaluate/predictions.ts'
import { llama } from '../../../trainer/import/architectures/llama.ts'
import { type Candidate, measureCandidate } from '../../../trainer/train/candidate.ts'
import { classification } from '../../../trainer/train/objectives/classification.ts'
import { multilabel } from '../../../trainer/train/objectives/multilabel.ts'
import { settingsFor } from '../../../trainer/train/settings.ts'
import { softmaxReading } from '../../fixtures/softmax-reading.ts'

const scores = [
  [3, 0],
  [2.5, 0],
  [0, 1],
  [0.2, 0],
].map((row) => Float64Array.from(row))
const labels = [0, 0, 1, 1]
const settings = settingsFor({}, 4, llama.defaults)
const candidate: Candidate = {
  ...{ method: 'prefix', stored: { kind: 'prefix', prefix: { length: 0, keyValues: new Float32Array() } } },
  ...{ placement: { positionOffset: 0, readout: 'mean' }, labelRows: new Float32Array(8), bias: new Float32Array(2), scores, bestStep: 3 },
}

test('a candidate is measured at the temperature that dev finds least surprising', () => {
  const measured = measureCandidate(candidate, classification, labels, settings)
  expect(measured).toMatchObject(candidate)
  expect(measured.rule.temperature).toBe(bestTemperature(scores, labels, softmaxReading))
  expect(measured.answer).toEqual({ type: 'softmax', version: 1, temperature: measured.rule.temperature })
  expect(measured.metrics).toEqual(metricsOf(scores, labels, 2, softmaxReading(measured.rule.temperature)))
  expect(measured.metrics.loss).toBeLessThan(metricsOf(scores, labels, 2).loss)
  expect(rightRows(measured.predictions)).toEqual([true, true, true, false])
  expect(measured.abstaining).toBeNull()
})

test('with a precision that is wanted, answers below a threshold are withheld', () => {
  const { answer, abstaining, metrics } = measureCandidate(candidate, classification, labels, { ...settings, precision: 1 })
  expect(answer).toMatchObject({ type: 'softmax', version: 2, thresholds: [expect.any(Number), expect.any(Number)] })
  expect(abstaining).toEqual({ coverage: 0.75, accuracy: 1 }) // the last row is wrong, and the least sure
  expect(metrics.accuracy).toBe(0.75) // of all that would be answered
})

test('of several labels a text, each label gets the threshold that suits it', () => {
  const { answer, rule, metrics, abstaining } = measureCandidate(candidate, multilabel, [[0], [0], [1], []], settings)
  expect(answer).toMatchObject({ type: 'sigmoid', version: 1, thresholds: [expect.any(Number), expect.any(Number)] })
  expect(scores.map((row) => rule.given(rule.probabilities(row)))).toEqual([[0], [0], [1], []])
  expect(metrics).toMatchObject({ accuracy: 1, microF1: 1, confusion: null })
  expect(abstaining).toBeNull()
})

test('where dev is answered right throughout it does not tell how sure the answers are, and the temperature stays 1', () => {
  const { rule, metrics } = measureCandidate(candidate, classification, [0, 0, 1, 0], settings)
  expect(metrics.accuracy).toBe(1)
  expect(rule.temperature).toBe(1)
})
