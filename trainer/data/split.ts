import { seededRandom, shuffled } from '../random.ts'
import type { Dataset, Example } from './dataset.ts'

/** The share of each label's examples that is held out. */
const share = 0.15

/** Splits a data set in two, [train, dev], label by label, so that both have every label that has two examples. */
export function holdOut(data: Dataset, seed: number): [Dataset, Dataset] {
  const byLabel = groupByLabel(data.examples)
  const held = new Set<Example>()
  const random = seededRandom(seed, 2)
  for (const [, examples] of [...byLabel].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const count = examples.length < 2 ? 0 : Math.max(1, Math.round(share * examples.length))
    for (const example of shuffled(examples, random).slice(0, count)) held.add(example)
  }
  const part = (wanted: boolean): Dataset => ({ ...data, examples: data.examples.filter((example) => held.has(example) === wanted) })
  return [part(false), part(true)]
}

function groupByLabel(examples: readonly Example[]): Map<string, Example[]> {
  const groups = new Map<string, Example[]>()
  for (const example of examples) {
    const group = groups.get(example.label)
    if (group === undefined) groups.set(example.label, [example])
    else group.push(example)
  }
  return groups
}
