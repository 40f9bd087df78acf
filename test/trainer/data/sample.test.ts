import { expect, test } from 'vitest'
import { sampledRows } from '../../../trainer/data/sample.ts'

const texts = Array.from({ length: 500 }, (_, n) => `text ${n}`)

test('so many rows are taken, in their order; all where there are no more', () => {
  const rows = sampledRows(texts, 100, 1)
  expect(rows).toHaveLength(100)
  expect(rows).toEqual(rows.toSorted((a, b) => a - b))
  expect(new Set(rows).size).toBe(100)
  expect(sampledRows(texts, 500, 1)).toEqual(texts.map((_, row) => row))
  expect(sampledRows([], 3, 1)).toEqual([])
})

test('another order takes the same texts, and rows that are added move few', () => {
  const taken = (of: readonly string[]) => new Set(sampledRows(of, 100, 1).map((row) => of[row]!))
  expect(taken(texts.toReversed())).toEqual(taken(texts))
  const more = [...texts, ...Array.from({ length: 50 }, (_, n) => `another ${n}`)]
  expect([...taken(texts)].filter((text) => taken(more).has(text)).length).toBeGreaterThan(80)
})

test('another seed takes others', () => {
  expect(sampledRows(texts, 100, 2)).not.toEqual(sampledRows(texts, 100, 1))
})
