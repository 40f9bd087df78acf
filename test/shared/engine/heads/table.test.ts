import { describe, expect, test } from 'vitest'
import type { Head } from '../../../../shared/engine/heads/head.ts'
import * as table from '../../../../shared/engine/heads/table.ts'
import { argmax } from '../../../../shared/engine/scores.ts'
import { PromptCard } from '../../../../shared/formats/prompt-card.ts'
import { namesOf } from '../../../../shared/names-of.ts'
import { seededRandom } from '../../../../trainer/random.ts'

const heads: Readonly<Record<string, Head>> = table

const badTemperatures = [{}, ...[0, -1, '1', null, Number.NaN, Number.POSITIVE_INFINITY].map((temperature) => ({ temperature }))]
const badThresholds = (version: number) =>
  [[-0.1], [1.1], ['0.5'], [Number.NaN], 0.5, Array(1025).fill(0.5)].map((thresholds) => ({ version, temperature: 1, thresholds }))

/** What a card may say of each head, and what it may not. */
const answers: Readonly<Record<string, { good: object[]; bad: object[] }>> = {
  softmax: {
    good: [1, 0.05, 20].flatMap((temperature) => [
      { version: 1, temperature },
      { version: 2, temperature, thresholds: [0, null, 1] },
    ]),
    bad: [...badTemperatures.map((answer) => ({ version: 1, ...answer })), { version: 2, temperature: 1 }, ...badThresholds(2)],
  },
  sigmoid: {
    good: [1, 0.05, 20].map((temperature) => ({ version: 1, temperature, thresholds: [0, null, 1] })),
    bad: [...badTemperatures.map((answer) => ({ version: 1, thresholds: [], ...answer })), { temperature: 1 }, ...badThresholds(1)],
  },
}

describe.each(namesOf(table))('%s', (name) => {
  const head = heads[name] as Head
  const { good = [], bad = [] } = answers[name] ?? {}

  test('has answers above, fits on a card, and has a version', () => {
    expect([good.length, bad.length]).not.toContain(0)
    expect(PromptCard.shape.answer.parse({ type: name, ...good[0] })).toMatchObject({ type: name })
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
      expect(probabilities[argmax(scores)]).toBe(Math.max(...probabilities)) // several may round to 1
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

test('sigmoid’s probabilities do not depend on each other, and are nearer a half the higher the temperature', () => {
  const at = (scores: number[], temperature: number) => table.sigmoid.probabilities(scores, { temperature, thresholds: [] })
  expect(at([2, -1], 1)).toEqual([at([2, 5], 1)[0], at([7, -1], 1)[1]])
  expect(at([0], 3)).toEqual([0.5])
  expect(at([2], 20)[0]).toBeLessThan(at([2], 1)[0]!)
})
