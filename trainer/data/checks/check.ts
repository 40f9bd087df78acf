import type { Dataset } from '../dataset.ts'
import type { SplitName } from '../split-names.ts'
import type { ModelReading } from './model-reading.ts'
import type { SampledRow } from './sample-rows.ts'
import type { TextIndex } from './text-index.ts'

/** The splits that there are, in the order train, dev, test. */
export type Splits = Partial<Readonly<Record<SplitName, Dataset>>>

/** What a check looks at. */
export interface CheckedData {
  readonly splits: readonly (readonly [SplitName, Dataset])[]
  /** How many examples each label has in each split. */
  readonly labels: Partial<Readonly<Record<SplitName, ReadonlyMap<string, number>>>>
  readonly texts: TextIndex
  /** Rows that the texts become, of some texts where there are many; null without a tokenizer. */
  readonly rows: Partial<Readonly<Record<SplitName, readonly SampledRow[]>>> | null
  readonly model: ModelReading | null
}

/** Something that is to be mended, or thought of. With a problem training fails, or what it measures is wrong. */
export interface Finding {
  readonly level: 'problem' | 'warning'
  /** For people: what was found, where, and what to do. */
  readonly message: string
  /** How many labels or texts it is about. */
  readonly count: number
}

/** A look at the examples of all splits, before anything is learned: in time that grows as their number does. */
export type Check = (data: CheckedData) => Finding[]
