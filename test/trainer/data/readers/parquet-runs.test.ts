import { expect, test } from 'vitest'
import { requireRuns } from '../../../../trainer/data/readers/parquet-runs.ts'

const check = (bytes: number[], width: number, count: number) => () => requireRuns(Uint8Array.from(bytes), 0, bytes.length, width, count)

test('runs of one value, and packed ones whose last group is filled up, are let through', () => {
  expect(check([20 << 1, 1], 1, 20)).not.toThrow()
  expect(check([(2 << 1) | 1, 0xff, 0x0f], 1, 12)).not.toThrow()
  expect(check([4 << 1, 0, (1 << 1) | 1, 0xff], 1, 9)).not.toThrow()
  expect(check([], 1, 0)).not.toThrow()
})

test.each([
  ['one value two thousand million times', [0xfe, 0xff, 0xff, 0xff, 0x0f, 1], 1],
  ['groups that go on past what is left', [(3 << 1) | 1, 0, 0, 0], 1],
  ['groups of no bits', [0xff, 0xff, 0xff, 0xff, 0x0f, 1], 0],
  ['a run behind a run', [8 << 1, 1, 3 << 1, 0], 1],
])('%s are refused before they are decoded', (_, bytes, width) => {
  expect(check(bytes, width, 10)).toThrow(/a run has \d+ values, where \d+ are left/)
})

test('runs that would lie outside of the page are refused', () => {
  expect(() => requireRuns(new Uint8Array(4), 0, 5, 1, 10)).toThrow(/longer than it/)
})
