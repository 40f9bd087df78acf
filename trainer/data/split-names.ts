/** A part of a data set: what is learned from, what the best step is chosen by, what the result is measured on. */
export type SplitName = 'train' | 'dev' | 'test'

/** What people call each split in the names of files and folders. */
const words: Readonly<Record<SplitName, readonly string[]>> = {
  train: ['train', 'training'],
  dev: ['dev', 'development', 'validation', 'valid', 'val'],
  test: ['test', 'testing', 'eval', 'evaluation'],
}

/** The split that a name tells, such as dev for validation-00000-of-00001.parquet; null where it tells none. */
export function splitNamed(name: string): SplitName | null {
  const parts = name.toLowerCase().split(/[^a-z]+/)
  const entries = Object.entries(words) as [SplitName, readonly string[]][]
  for (const part of parts) for (const [split, known] of entries) if (known.includes(part)) return split
  return null
}
