import { describe, expect, test } from 'vitest'
import type { Head } from '../../../../shared/engine/heads/head.ts'
import * as table from '../../../../shared/engine/heads/table.ts'
import { argmax } from '../../../../shared/engine/scores.ts'
import { PromptCard } from '../../../../shared/formats/prompt-card.ts'
import { namesOf } from '../../../../shared/names-of.ts'
import { seededRandom } from '../../../../trainer/random.ts'

const heads: Readonly<Record<string, Head>> = table

/** What a card may say of each head, and what it may not. */
const answers: Readonly<Record<string, { good: object[]; bad: object[] }>> = {
  softmax: {
    good: [{ temperature: 1 }, { temperature: 0.05 }, { temperature: 20 }],
    bad: [
      {},
      { temperature: 0 },
      { temperature: -1 },
      { temperature: '1' },
      { temperature: null },
      { temperature: Number.NaN },
      { temperature: Number.POSITIVE_INFINITY },
    ],
  },
}

describe.each(namesOf(table))('%s', (name) => {
  const head = heads[name] as Head
  const { good = [], bad = [] } = answers[name] ?? {}

  test('has answers above, fits on a card, and has a version', () => {
    expect([good.length, bad.length]).not.toContain(0)
    expect(PromptCard.shape.answer.parse({ type: name, version: head.version, ...good[0] })).toMatchObject({ type: name })
  })

  test.each(good)('makes a probability of each score, in the order of the scores (%j)', (given) => {
    const answer = head.schema.parse(given)
    expect(head.temperature(answer)).toBeGreaterThan(0)
    const random = seededRandom(4)
    for (const C of [2, 3, 17, 1024]) {
      const scores = Float64Array.from({ length: C }, () => 40 * (random() - 0.5))
      const probabilities = head.probabilities(scores, answer)
      expect(probabilities).toHaveLength(C)
      expect(probabilities.every((value) => value >= 0 && value <= 1)).toBe(true)
      expect(argmax(probabilities)).toBe(argmax(scores))
      const order = Array.from(scores.keys()).sort((a, b) => scores[a]! - scores[b]!)
      const sorted = order.map((c) => probabilities[c]!)
      expect(sorted).toEqual(sorted.toSorted((a, b) => a - b))
    }
  })

  test.each(good)('stays a probability where scores are very far apart (%j)', (given) => {
    const probabilities = head.probabilities([1e300, -1e300, 0], head.schema.parse(given))
    expect(probabilities.every((value) => value >= 0 && value <= 1)).toBe(true)
    expect(argmax(probabilities)).toBe(0)
  })

  test.each(bad)('refuses %j', (given) => {
    expect(head.schema.safeParse(given).success).toBe(false)
  })
})

test('softmax’s probabilities sum to 1, and are more even the higher the temperature', () => {
  const at = (temperature: number) => table.softmax.probabilities([2, 0, -1], { temperature })
  for (const temperature of [0.05, 1, 20]) expect(at(temperature).reduce((a, b) => a + b)).toBeCloseTo(1, 12)
  expect(at(20)[0]).toBeLessThan(at(1)[0]!)
  expect(at(0.05)[0]).toBeGreaterThan(at(1)[0]!)
  expect(table.softmax.temperature({ temperature: 3 })).toBe(3)
})
