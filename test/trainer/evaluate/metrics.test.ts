import { expect, test } from 'vitest'
import { softmax } from '../../../shared/engine/scores.ts'
import { namesOf } from '../../../shared/names-of.ts'
import * as table from '../../../trainer/evaluate/metrics/table.ts'
import { metricsOf } from '../../../trainer/evaluate/metrics.ts'
import { softmaxReading } from '../../fixtures/softmax-reading.ts'

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

test('every metric of the table is there, and how sure the answers are moves the loss and the calibration error alone', () => {
  const at = (temperature?: number) =>
    metricsOf([right, right, second, second], [0, 0, 0, 1], 3, temperature === undefined ? undefined : softmaxReading(temperature))
  expect(Object.keys(at()).sort()).toEqual([...namesOf(table), 'confusion', 'rows', 'tallies'].sort())
  expect(at(1)).toEqual(at())
  expect(at(2)).toEqual({ ...at(), loss: at(2).loss, calibrationError: at(2).calibrationError })
  expect(at(2).loss).not.toBe(at().loss)
})
