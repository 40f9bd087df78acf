import { expect, it } from 'vitest'
import { Pace } from '../../../worker/host/pace.ts'

it('expects of what waits that it runs as fast as the last runs did, the newest weighing most', () => {
  const pace = new Pace()
  expect(pace.secondsFor(10_000)).toBe(1) // nothing is known yet
  pace.tell(100, 50)
  expect(pace.secondsFor(10_000)).toBe(5)
  pace.tell(100, 90)
  expect(pace.secondsFor(10_000)).toBe(6)
  for (let run = 0; run < 50; run++) pace.tell(16, 16)
  expect(pace.secondsFor(10_000)).toBe(10)
})

it('says at least a second and at most a minute', () => {
  const pace = new Pace()
  pace.tell(1, 1)
  expect([0, 1, 1001, 59_999, 10 ** 9].map((positions) => pace.secondsFor(positions))).toEqual([1, 1, 2, 60, 60])
})
