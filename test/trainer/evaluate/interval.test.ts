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

  /** Rows that both are right on, one alone, the other alone, and none. */
  const rows = (both: number, onlyA: number, onlyB: number, neither: number) => {
    return pairedDifference(
      right('1'.repeat(both + onlyA) + '0'.repeat(onlyB + neither)),
      right('1'.repeat(both) + '0'.repeat(onlyA) + '1'.repeat(onlyB) + '0'.repeat(neither)),
    )
  }

  test('is that of the shares, with the interval of Newcombe’s method 10: his example of 50 pairs', () => {
    const { difference, low, high } = rows(36, 12, 2, 0)
    expect(difference).toBeCloseTo(0.2, 12)
    expect(low).toBeCloseTo(0.0569, 4)
    expect(high).toBeCloseTo(0.3404, 4)
  })

  test('has a width also where both are right on the same rows, the smaller the more rows there are', () => {
    const few = rows(2, 0, 0, 2)
    expect(few.difference).toBe(0)
    expect(few.high).toBeGreaterThan(0.3)
    expect(few.low).toBe(-few.high)
    expect(rows(200, 0, 0, 200).high).toBeLessThan(0.02)
    expect(rows(0, 2, 0, 0)).toMatchObject({ difference: 1, low: expect.closeTo(0.07, 1) })
  })

  test('says of 4 rows to none what the exact test says: that may be chance', () => {
    expect(rows(91, 4, 0, 5).low).toBeLessThan(0)
    expect(rows(91, 6, 0, 3).low).toBeGreaterThan(0)
  })

  test('holds the true difference about 95 times of 100', () => {
    const random = seededRandom(2)
    let held = 0
    for (let i = 0; i < 2000; i++) {
      const hard = Array.from({ length: 150 }, () => random() < 0.2)
      const a = hard.map((each) => random() < (each ? 0.5 : 0.95))
      const b = hard.map((each) => random() < (each ? 0.3 : 0.95))
      const { low, high } = pairedDifference(a, b)
      if (low <= 0.04 && 0.04 <= high) held++
    }
    expect(held / 2000).toBeGreaterThan(0.93)
    expect(held / 2000).toBeLessThan(0.975)
  })

  test('is narrower where both find the same rows hard', () => {
    const width = ({ low, high }: { low: number; high: number }) => high - low
    const together = pairedDifference(right('1111111100'), right('1111111000'))
    const apart = pairedDifference(right('1111111100'), right('0001111111'))
    expect(width(together)).toBeLessThan(width(apart))
  })
})
