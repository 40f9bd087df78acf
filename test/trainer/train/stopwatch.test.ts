import { afterEach, expect, test, vi } from 'vitest'
import { stopwatch } from '../../../trainer/train/stopwatch.ts'

afterEach(() => void vi.restoreAllMocks())

/** A clock that is set by hand, in seconds. */
function clock() {
  let now = 100
  vi.spyOn(performance, 'now').mockImplementation(() => 1000 * now)
  return (seconds: number) => {
    now += seconds
  }
}

test('the rows of all steps over all the time, and as long for each step left as for those done', () => {
  const pass = clock()
  const pace = stopwatch()
  pass(2)
  expect(pace(16, 9)).toEqual({ examplesPerSecond: 8, secondsLeft: 18 })
  pass(6)
  expect(pace(16, 8)).toEqual({ examplesPerSecond: 4, secondsLeft: 32 })
})

test('a batch counts as many rows as it has', () => {
  const pass = clock()
  const pace = stopwatch()
  pass(1)
  pace(5, 1)
  pass(1)
  expect(pace(3, 0)).toEqual({ examplesPerSecond: 4, secondsLeft: 0 })
})
