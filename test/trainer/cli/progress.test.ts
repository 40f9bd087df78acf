import { expect, test } from 'vitest'
import { progressLine, type StepDone } from '../../../trainer/cli/progress.ts'

const dev = (accuracy: number) => ({ accuracy, loss: 1, macroF1: accuracy, majority: 0.5 })
const line = (changes: Partial<StepDone> = {}, width = 120, accuracies: number[] = []) =>
  progressLine(
    {
      ...{ type: 'step', step: 100, steps: 600, loss: 0.7654, dev: dev(0.8125), examplesPerSecond: 41.7, secondsLeft: 65.4 },
      ...changes,
    },
    accuracies,
    width,
  )

test('tells how far the run is, how well it does and how long it takes', () => {
  expect(line()).toBe('━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 100/600  train loss 0.765  dev accuracy 0.813  42 examples/s  1:05 left')
})

test('leaves dev out before its first evaluation, and an accuracy of 0 in', () => {
  expect(line({ dev: null })).toContain('  dev –  ')
  expect(line({ dev: dev(0) })).toContain('  dev accuracy 0.000  ')
})

test.each([
  [0, 600, 0],
  [1, 600, 0],
  [13, 600, 1], // more than half of a 24th
  [587, 600, 23],
  [588, 600, 24],
  [600, 600, 24],
  [1, 1, 24],
])('after step %i of %i the bar has %i of 24 parts', (step, steps, filled) => {
  expect(line({ step, steps }).split(' ')[0]).toBe('━'.repeat(filled) + '╌'.repeat(24 - filled))
})

test.each([
  [0, '0:00'],
  [0.4, '0:00'],
  [9.5, '0:10'],
  [59.6, '1:00'], // never 0:60
  [119.5, '2:00'],
  [3725, '62:05'],
])('%d seconds are %s', (secondsLeft, clock) => {
  expect(line({ secondsLeft })).toMatch(new RegExp(`  ${clock} left$`))
})

test.each([
  [96, '━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 100/600  train loss 0.765  dev accuracy 0.813  42 examples/s  1:05 left'],
  [81, '━━╌╌╌╌╌╌╌ 100/600  train loss 0.765  dev accuracy 0.813  42 examples/s  1:05 left'],
  [70, '━╌╌╌╌╌╌╌ 100/600  train loss 0.765  dev accuracy 0.813  1:05 left'],
  [60, '100/600  train loss 0.765  dev accuracy 0.813  1:05 left'],
  [40, '100/600  dev accuracy 0.813  1:05 left'],
  [20, '100/600  1:05 left'],
  [10, '100/600'],
])('in %i columns it is %j', (width, text) => {
  expect(line({}, width)).toBe(text)
})

test('how dev went is a curve, from the second evaluation on', () => {
  expect(line({}, 120, [0.5])).toContain('  dev accuracy 0.813  42 examples/s')
  expect(line({}, 120, [0.5, 0.7, 0.8125])).toContain('  dev accuracy 0.813 ▁▅█  42 examples/s')
})
