import { hash } from 'node:crypto'
import { type Example, labelsOfExample } from './example.ts'
import { textKey } from './text-key.ts'

type Labelled = Pick<Example, 'text' | 'label' | 'labels'>

/** Where a text lies between 0 and 1 for a seed: the first 48 bits of a hash. Texts that differ in nothing but spaces and capitals lie together. */
export function placeOf(key: string, seed: number): number {
  return Number.parseInt(hash('sha256', `${seed}\n${key}`, 'hex').slice(0, 12), 16) / 2 ** 48
}

/**
 * The rows of at most `max` examples, in their order: those whose texts lie first by their hash, so that rows that are added move few of them.
 * Of a label that has fewer than `least` among these, so many are taken all the same as far as it has them, in place of the last of labels that
 * have more.
 */
export function sampledRows(examples: readonly Labelled[], max: number, seed: number, least: number): number[] {
  const rows = examples.map((_, row) => row)
  if (examples.length <= max) return rows
  const places = Float64Array.from(examples, ({ text }) => placeOf(textKey(text), seed))
  rows.sort((a, b) => (places[a] as number) - (places[b] as number))
  const counts = new Map<string, number>()
  const labels = (row: number) => labelsOfExample(examples[row] as Labelled)
  const countOf = (label: string) => counts.get(label) ?? 0
  const count = (row: number, by: 1 | -1) => {
    for (const label of labels(row)) counts.set(label, countOf(label) + by)
  }
  const taken = rows.slice(0, max)
  for (const row of taken) count(row, 1)
  const rare = rows.slice(max).filter((row) => {
    const wanted = labels(row).some((label) => countOf(label) < least)
    if (wanted) count(row, 1)
    return wanted
  })
  const left = new Set<number>()
  for (const row of taken.toReversed()) {
    if (left.size === rare.length) break
    if (!labels(row).every((label) => countOf(label) > least)) continue
    count(row, -1)
    left.add(row)
  }
  return [...taken.filter((row) => !left.has(row)), ...rare.slice(0, left.size)].sort((a, b) => a - b)
}
