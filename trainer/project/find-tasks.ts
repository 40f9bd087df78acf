import { readdirSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { TaskName } from '../../shared/formats/task-name.ts'
import { fieldNames } from '../data/field-names.ts'
import type { Columns } from '../data/readers/reader.ts'
import { usualColumns } from '../data/readers/reader.ts'
import * as readers from '../data/readers/table.ts'
import { type SplitName, splitNamed } from '../data/split-names.ts'

/** Files that look like a task's. */
export interface FoundTask {
  readonly name: string
  readonly files: Partial<Record<SplitName, readonly string[]>> & { readonly train: readonly string[] }
}

/** Folders in folders are looked into so many times. */
const maxDepth = 3
const passedOver = new Set(['node_modules', 'runs', 'dist'])

/**
 * The tasks whose data lie in a folder: a task for each folder in it with files that name a split, such as train.csv, and one for each other
 * file of examples. A folder `data` is named by the one around it.
 */
export function findTasks(folder: string): FoundTask[] {
  const found = tasksIn(folder, maxDepth)
  const names = new Set<string>()
  return found.map((task) => {
    let name = task.name
    for (let n = 2; names.has(name); n++) name = `${task.name}-${n}`
    names.add(name)
    return { ...task, name }
  })
}

function tasksIn(folder: string, depth: number): FoundTask[] {
  const entries = readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.') && !passedOver.has(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const files = entries.filter((entry) => entry.isFile() && isReadable(entry.name)).map(({ name }) => join(folder, name))
  const bySplit = (split: SplitName | null) => files.filter((file) => splitNamed(stem(file)) === split)
  const [train, dev, test] = [bySplit('train'), bySplit('dev'), bySplit('test')]
  const own =
    train.length === 0
      ? []
      : [{ name: folderName(folder), files: { train, ...(dev.length > 0 && { dev }), ...(test.length > 0 && { test }) } }]
  const single = bySplit(null).map((file) => ({ name: taskName(stem(file)), files: { train: [file] } }))
  const deeper = entries.filter((entry) => entry.isDirectory() && depth > 0).flatMap(({ name }) => tasksIn(join(folder, name), depth - 1))
  return [...own, ...single, ...deeper]
}

/** Names that columns of texts and of labels have, the usual ones first. */
const textNames = [
  usualColumns.text,
  'sentence',
  'content',
  'message',
  'body',
  'question',
  'query',
  'utterance',
  'review',
  'comment',
  'title',
  'description',
]
const labelNames = [usualColumns.label, 'labels', 'class', 'category', 'intent', 'target', 'topic', 'sentiment', 'type', 'tag']

/** The columns that a file's texts and labels stand in, where their names tell; null where they do not. Throws where the file can't be read. */
export function guessColumns(file: string): Columns | null {
  const fields = fieldNames(file)
  const called = (names: readonly string[]) =>
    names
      .flatMap((name) => fields.filter((field) => field.trim().toLowerCase() === name))
      .at(0)
      ?.trim()
  // how likely each label is may stand in place of the label, under the usual name of its column
  const [text, label = fields.includes('probabilities') ? usualColumns.label : undefined] = [called(textNames), called(labelNames)]
  return text === undefined || label === undefined ? null : { text, label }
}

function isReadable(name: string): boolean {
  const isData = Object.values(readers).some(({ extensions }) => extensions.some((end) => name.toLowerCase().endsWith(end)))
  return isData && !/^(package(-lock)?|tsconfig.*|softprompt\.config|dataset_infos?)\.json$/.test(name)
}

function stem(file: string): string {
  return basename(file, extname(file))
}

function folderName(folder: string): string {
  const name = basename(resolve(folder))
  return taskName(name === 'data' ? basename(dirname(resolve(folder))) : name)
}

/** A name for a task, of another name. */
function taskName(name: string): string {
  const plain = name.replace(/[^a-zA-Z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 48) // biome-ignore format: one thought
  return TaskName.safeParse(plain).success ? plain : TaskName.safeParse(plain.toLowerCase()).success ? plain.toLowerCase() : 'task'
}
