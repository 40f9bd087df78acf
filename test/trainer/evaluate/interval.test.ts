import { describe, expect, test } from 'vitest'
import { pairedDifference, shareInterval } from '../../../trainer/evaluate/interval.ts'
import { seededRandom } from '../../../trainer/random.ts'

describe('the interval of a share', () => {
  test('is Wilson’s: 81 of 263, his formula worked by hand', () => {
    const { low, high } = shareInterval(81 / 263, 263)
    expect(low).toBeCloseTo(0.2553, 4)
    expect(high).toBeCloseTo(0.3662, 4)
  })

  test('stays within 0 and 1, and says something of shares at the ends', () => {
    const all = shareInterval(1, 20)
    expect(all.high).toBeCloseTo(1, 12)
    expect(all.low).toBeGreaterThan(0.8)
    expect(all.low).toBeLessThan(0.9)
    expect(shareInterval(0, 20)).toEqual({ low: expect.closeTo(1 - all.high, 12), high: expect.closeTo(1 - all.low, 12) })
  })

  test('holds the true share about 95 times of 100', () => {
    const random = seededRandom(1)
    let held = 0
    for (let i = 0; i < 2000; i++) {
      const hits = Array.from({ length: 150 }, () => random() < 0.85).filter(Boolean).length
      const { low, high } = shareInterval(hits / 150, 150)
      if (low <= 0.85 && 0.85 <= high) held++
    }
    expect(held / 2000).toBeGreaterThan(0.93)
    expect(held / 2000).toBeLessThan(0.97)
  })
})

describe('the difference of two answerers on the same rows', () => {
  const right = (text: string) => Array.from(text, (each) => each === '1')

  test('is the mean of the rows’ differences, with the interval of that mean', () => {
    const { difference, low, high } = pairedDifference(right('11110000'), right('11000000'))
    expect(difference).toBe(0.25)
    // the differences are two ones and six zeros: a variance of 3/14 over 8 rows
    const half = 1.959964 * Math.sqrt(3 / 14 / 8)
    expect(low).toBeCloseTo(0.25 - half, 10)
    expect(high).toBeCloseTo(0.25 + half, 10)
  })

  test('is exactly none where both are right on the same rows, however many those are', () => {
    expect(pairedDifference(right('1100'), right('1100'))).toEqual({ difference: 0, low: 0, high: 0 })
  })

  test('is narrower where both find the same rows hard', () => {
    const width = ({ low, high }: { low: number; high: number }) => high - low
    const together = pairedDifference(right('1111111100'), right('1111111000'))
    const apart = pairedDifference(right('1111111100'), right('0001111111'))
    expect(width(together)).toBeLessThan(width(apart))
  })
})
