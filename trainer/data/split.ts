import { SoftPromptError } from '../../shared/error.ts'
import type { Dataset } from './dataset.ts'
import { type Example, labelsOfExample } from './example.ts'
import { placeOf } from './sample.ts'
import { textKey } from './text-key.ts'

/** The share of the texts that is held out. */
const share = 0.15

/**
 * Splits a data set in two, [train, dev], by a hash of each text and the seed, so that rows that are added move no other. Texts that
 * differ in nothing but spaces and capitals are always in the same part. Where a label's texts all fall into one part, the one nearest to the
 * other goes there: of a label so small, a row that is added may take its place. A label's only text is learned of.
 */
export function holdOut(data: Dataset, seed: number): [Dataset, Dataset] {
  const { examples } = data
  const places = new Map<string, number>()
  const keys = examples.map(({ text }) => textKey(text))
  for (const key of keys) if (!places.has(key)) places.set(key, placeOf(key, seed))
  for (const { first, last } of rangesOf(examples, keys, places)) if (first === last) places.set(first, 1) // a label's only text is learned of
  const held = new Set([...places].filter(([, place]) => place < share).map(([key]) => key))
  const isHeld = (_: unknown, row: number) => held.has(keys[row] as string)
  const isLearned = (example: Example, row: number) => !isHeld(example, row)

  const ranges = rangesOf(examples, keys, places)
  for (const { first, last } of without(ranges, examples.filter(isHeld))) if (first !== last) held.add(first)
  // last, since a label that nothing is learned of is worse than one that is not measured
  for (const { last } of without(ranges, examples.filter(isLearned))) held.delete(last)
  return [
    { ...data, examples: examples.filter(isLearned) },
    { ...data, examples: examples.filter(isHeld) },
  ]
}

/** `holdOut`, where that can be. Throws `invalid_data` where nothing can be held out. */
export function heldOut(data: Dataset, seed: number): [Dataset, Dataset] {
  const [rest, held] = holdOut(data, seed)
  if (held.examples.length > 0) return [rest, held]
  throw new SoftPromptError(
    'invalid_data',
    `Cannot hold out a part of ${data.file}: no label has two different texts. Add examples, or name others with --dev.`,
  )
}

/** Of a label the texts that lie first and last. */
interface LabelRange {
  readonly label: string
  first: string
  last: string
}

function rangesOf(examples: readonly Example[], keys: readonly string[], places: ReadonlyMap<string, number>): LabelRange[] {
  const place = (key: string) => places.get(key) as number
  const ranges = new Map<string, LabelRange>()
  examples.forEach((example, row) => {
    const key = keys[row] as string
    for (const label of labelsOfExample(example)) {
      const range = ranges.get(label)
      if (range === undefined) ranges.set(label, { label, first: key, last: key })
      else if (place(key) < place(range.first)) range.first = key
      else if (place(key) > place(range.last)) range.last = key
    }
  })
  return [...ranges.values()]
}

/** The labels of which `part` has no text. */
function without(ranges: readonly LabelRange[], part: readonly Example[]): LabelRange[] {
  const there = new Set(part.flatMap((example) => labelsOfExample(example)))
  return ranges.filter(({ label }) => !there.has(label))
}
