import { describe, expect, test } from 'vitest'
import { seededRandom, shuffled } from '../../trainer/random.ts'

const first = (random: () => number, count: number) => Array.from({ length: count }, random)

describe('seeded numbers', () => {
  test('are the same for the same seeds, for ever: checkpoints and splits depend on them', () => {
    expect(first(seededRandom(7), 5)).toEqual(first(seededRandom(7), 5))
    expect(first(seededRandom(0), 3)).toEqual([0.915171273984015, 0.9649687104392797, 0.978426891611889])
    expect(first(seededRandom(3, 1), 3)).toEqual([0.825729132629931, 0.3393618557602167, 0.5129966789390892])
  })

  test('are others for other seeds, another order, and one more', () => {
    const seeds = Array.from({ length: 40 }, (_, a) => Array.from({ length: 40 }, (_, b) => [a, b])).flat()
    const firsts = [[], ...Array.from({ length: 40 }, (_, a) => [a]), ...seeds].map((each) => first(seededRandom(...each), 2).join())
    expect(new Set(firsts).size).toBe(firsts.length)
  })

  test('lie in [0, 1), evenly', () => {
    const numbers = first(seededRandom(1), 100_000)
    expect(numbers.every((value) => value >= 0 && value < 1)).toBe(true)
    for (let tenth = 0; tenth < 10; tenth++) {
      const share = numbers.filter((value) => Math.floor(value * 10) === tenth).length / numbers.length
      expect(share).toBeGreaterThan(0.095)
      expect(share).toBeLessThan(0.105)
    }
  })

  test('of one generator do not depend on another’s', () => {
    const [one, other] = [seededRandom(1), seededRandom(2)]
    const mixed = Array.from({ length: 5 }, () => [one(), other()][0])
    expect(mixed).toEqual(first(seededRandom(1), 5))
  })
})

describe('a shuffled copy', () => {
  const items = Array.from({ length: 50 }, (_, i) => i)

  test('has each item once, and leaves the items as they were', () => {
    const copy = shuffled(items, seededRandom(4))
    expect(copy).not.toEqual(items)
    expect(copy.toSorted((a, b) => a - b)).toEqual(items)
    expect(items).toEqual(Array.from({ length: 50 }, (_, i) => i))
    expect(shuffled(items, seededRandom(4))).toEqual(copy)
    expect(shuffled([], seededRandom(4))).toEqual([])
  })

  test('has every order as often', () => {
    const random = seededRandom(5)
    const counts = new Map<string, number>()
    for (let i = 0; i < 6000; i++) {
      const order = shuffled(['a', 'b', 'c'], random).join('')
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(6)
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150)
  })
})
