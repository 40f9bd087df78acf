import { hash } from 'node:crypto'
import { textKey } from './text-key.ts'

/** Where a text lies between 0 and 1 for a seed: the first 48 bits of a hash. Texts that differ in nothing but spaces and capitals lie together. */
export function placeOf(key: string, seed: number): number {
  return Number.parseInt(hash('sha256', `${seed}\n${key}`, 'hex').slice(0, 12), 16) / 2 ** 48
}

/** The rows of at most `max` texts, in their order: those that lie first by their hash, so that rows that are added move few of them. */
export function sampledRows(texts: readonly string[], max: number, seed: number): number[] {
  const rows = texts.map((_, row) => row)
  if (texts.length <= max) return rows
  const places = Float64Array.from(texts, (text) => placeOf(textKey(text), seed))
  const by = (a: number, b: number) => (places[a] as number) - (places[b] as number)
  return rows.sort(by).slice(0, max).sort((a, b) => a - b) // biome-ignore format: one thought
}
