import { createHash } from 'node:crypto'
import { type Dataset, readExamples } from '../data/dataset.ts'
import type { Columns } from '../data/readers/reader.ts'
import type { PlannedTask } from './project-tasks.ts'

/** The examples of a task. */
export interface TaskData {
  readonly train: Dataset
  readonly dev: Dataset | undefined
  readonly test: Dataset | undefined
}

/** Reads the files of a task. Throws `invalid_data`, with file and line. */
export function readTask({ train, dev, test, columns }: PlannedTask, tell?: (line: string) => void): TaskData {
  const read = (files: readonly string[] | null) => (files === null ? undefined : readFiles(files, columns, tell))
  return { train: readFiles(train, columns, tell), dev: read(dev), test: read(test) }
}

/** The examples of several files, one after another, as one data set. */
function readFiles(files: readonly string[], columns: Columns, tell: (line: string) => void = () => undefined): Dataset {
  const sets = files.map((file) => readExamples(file, { columns, tell }))
  const [first, ...others] = sets
  if (first === undefined) throw new Error('a task has no file')
  if (others.length === 0) return first
  return {
    file: `${first.file} and ${others.length} more`,
    sha256: createHash('sha256').update(sets.map(({ sha256 }) => sha256).join()).digest('hex'), // biome-ignore format: one thought
    examples: sets.flatMap(({ examples }) => examples),
  }
}
