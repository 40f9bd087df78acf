import { createHash } from 'node:crypto'
import { SoftPromptError } from '../../shared/error.ts'
import { type Dataset, type ReadOptions, readExamples } from '../data/dataset.ts'
import { severalLabels } from '../data/example.ts'
import type { SplitName } from '../data/split-names.ts'
import type { PlannedTask } from './project-tasks.ts'

/** The examples of a task. */
export interface TaskData {
  readonly train: Dataset
  readonly dev: Dataset | undefined
  readonly test: Dataset | undefined
}

/** Reads the files of a task. Throws `invalid_data`, with file and line. */
export function readTask({ train, dev, test, columns }: PlannedTask, tell?: (line: string) => void): TaskData {
  const read = (files: readonly string[] | null, split: SplitName) =>
    files === null ? undefined : readFiles(files, { columns, split, tell })
  return { train: readFiles(train, { columns, split: 'train', tell }), dev: read(dev, 'dev'), test: read(test, 'test') }
}

/** The examples of several files, one after another, as one data set. */
function readFiles(files: readonly string[], { tell = () => undefined, ...reading }: ReadOptions): Dataset {
  const sets = files.map((file) => readExamples(file, { ...reading, tell }))
  const [first, ...others] = sets
  if (first === undefined) throw new Error('a task has no file')
  if (others.length === 0) return first
  const other = others.find((set) => severalLabels(set) !== severalLabels(first))
  if (other !== undefined) {
    const [lists, single] = severalLabels(first) ? [first, other] : [other, first]
    throw new SoftPromptError(
      'invalid_data',
      `Cannot read ${lists.file} and ${single.file} as examples of one task: the first has lists of labels, the other one label each. Write all in one way.`,
    )
  }
  return {
    file: `${first.file} and ${others.length} more`,
    sha256: createHash('sha256').update(sets.map(({ sha256 }) => sha256).join()).digest('hex'), // biome-ignore format: one thought
    examples: sets.flatMap(({ examples }) => examples),
  }
}
