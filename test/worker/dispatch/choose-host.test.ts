import { describe, expect, it } from 'vitest'
import { candidates, chooseHost, underWay } from '../../../worker/dispatch/choose-host.ts'

const prompt = (n: number) => n.toString(16).padStart(8, '0').repeat(8)

describe('candidates', () => {
  it('are always the same two for a prompt, and two different ones', () => {
    for (let n = 0; n < 1000; n++) {
      const [first, second] = candidates(prompt(n * 77_777), 5)
      expect(first).not.toBe(second)
      expect(candidates(prompt(n * 77_777), 5)).toEqual([first, second])
      for (const host of [first, second]) expect([0, 1, 2, 3, 4]).toContain(host)
    }
    expect(candidates(prompt(123), 1)).toEqual([0, 0])
  })

  it('spread over all hosts', () => {
    const counts = new Map<number, number>()
    for (let n = 0; n < 1000; n++) for (const host of candidates(prompt(n * 7_777_777), 5)) counts.set(host, (counts.get(host) ?? 0) + 1)
    for (const count of counts.values()) expect(count).toBeGreaterThan(200)
    expect(counts.size).toBe(5)
  })
})

it('the candidate with fewer requests under way is chosen', async () => {
  const [first, second] = candidates(prompt(9), 4).map((n) => `model:weur:${n}`) as [string, string]
  const choose = () => chooseHost('model', 'weur', prompt(9), 4)
  expect(choose()).toBe(first)
  await underWay(first, async () => {
    expect(choose()).toBe(second)
    await underWay(second, async () => expect(choose()).toBe(first))
  })
  await expect(underWay(first, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
  expect(choose()).toBe(first)
})
