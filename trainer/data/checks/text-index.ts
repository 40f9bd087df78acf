import type { Dataset } from '../dataset.ts'
import type { SplitName } from '../split-names.ts'
import { textKey } from '../text-key.ts'

/** Which rows have the same text, but for spaces and capitals. */
export interface TextIndex {
  /** The number of different texts. */
  readonly size: number
  /** The text of each row of a split, from 0 to before `size`. */
  readonly rows: Partial<Readonly<Record<SplitName, Int32Array>>>
}

export function indexTexts(splits: readonly (readonly [SplitName, Dataset])[]): TextIndex {
  const known = new Map<string, number>()
  const rows = splits.map(([split, { examples }]) => {
    const ids = new Int32Array(examples.length)
    examples.forEach(({ text }, row) => {
      const key = textKey(text)
      const id = known.get(key) ?? known.size
      if (id === known.size) known.set(key, id)
      ids[row] = id
    })
    return [split, ids] as const
  })
  return { size: known.size, rows: Object.fromEntries(rows) }
}
