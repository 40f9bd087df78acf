import { describe, expect, test } from 'vitest'
import { sampledRows } from '../../../trainer/data/sample.ts'

const labelled = (texts: readonly string[], label = 'a') => texts.map((text) => ({ text, label }))
const examples = labelled(Array.from({ length: 500 }, (_, n) => `text ${n}`))

test('so many rows are taken, in their order; all where there are no more', () => {
  const rows = sampledRows(examples, 100, 1, 1)
  expect(rows).toHaveLength(100)
  expect(rows).toEqual(rows.toSorted((a, b) => a - b))
  expect(new Set(rows).size).toBe(100)
  expect(sampledRows(examples, 500, 1, 1)).toEqual(examples.map((_, row) => row))
  expect(sampledRows([], 3, 1, 1)).toEqual([])
})

test('another order takes the same texts, and rows that are added move few', () => {
  const taken = (of: typeof examples) => new Set(sampledRows(of, 100, 1, 1).map((row) => of[row]!.text))
  expect(taken(examples.toReversed())).toEqual(taken(examples))
  const more = [...examples, ...labelled(Array.from({ length: 50 }, (_, n) => `another ${n}`))]
  expect([...taken(examples)].filter((text) => taken(more).has(text)).length).toBeGreaterThan(80)
})

test('another seed takes others', () => {
  expect(sampledRows(examples, 100, 2, 1)).not.toEqual(sampledRows(examples, 100, 1, 1))
})

describe('rare labels', () => {
  const rare = labelled(['rare 1', 'rare 2', 'rare 3', 'rare 4'], 'rare')
  const rarer = labelled(['rarer'], 'rarer')
  const all = [...examples, ...rare, ...rarer]
  const taken = (of: typeof all, least: number, seed = 1) => sampledRows(of, 20, seed, least).map((row) => of[row]!)
  const countOf = (label: string, of: typeof all) => of.filter((example) => example.label === label).length

  test('are kept, so many of each as are wanted and there are, in any order of the rows and with any seed', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const sample = taken(all, 3, seed)
      expect(sample).toHaveLength(20)
      expect(countOf('rare', sample)).toBeGreaterThanOrEqual(3)
      expect(countOf('rarer', sample)).toBe(1)
      expect(new Set(taken(all.toReversed(), 3, seed))).toEqual(new Set(sample))
    }
  })

  test('take the places of few others, which stay as they are when rows are added', () => {
    const common = (of: readonly { text: string; label: string }[]) => of.filter(({ label }) => label === 'a')
    const [without, sample] = [taken(examples, 3), taken(all, 3)]
    for (const example of common(sample)) expect(without).toContain(example)
    const more = taken([...all, ...labelled(['one more', 'and one'], 'a')], 3)
    expect(more.filter((example) => sample.includes(example)).length).toBeGreaterThan(17)
  })

  test('are kept of texts that have several', () => {
    const several = [...examples.map(({ text }) => ({ text, label: 'a + b', labels: ['a', 'b'] })), { text: 'last', label: 'a + c', labels: ['a', 'c'] }] // biome-ignore format: one list
    for (const seed of [1, 2, 3]) expect(sampledRows(several, 20, seed, 2)).toContain(500)
  })

  test('that are more than there is room for leave the number as it is', () => {
    const different = Array.from({ length: 50 }, (_, n) => ({ text: `text ${n}`, label: `label ${n}` }))
    expect(sampledRows(different, 20, 1, 3)).toHaveLength(20)
  })
})
