import { type Dirent, readdirSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, relative } from 'node:path'
import { excerpt, SoftPromptError } from '../../shared/error.ts'
import * as readers from './readers/table.ts'
import { type SplitName, splitNamed } from './split-names.ts'

/** A folder holds its files itself or in such folders of it: `data`, one for each split, or for each configuration. */
const maxDepth = 2
const maxEntries = 10_000

/** Files that the Hugging Face Hub and its library keep beside the data. */
const besides = ['dataset_info.json', 'dataset_infos.json', 'dataset_dict.json', 'state.json']

/**
 * The files of each split in a folder, as Hugging Face's `load_dataset` finds them: by the names of the files, such as
 * `data/train-00000-of-00002.parquet` or `validation.csv`, or of the folders that they are in. One file that tells no split is that of train.
 * Throws `invalid_data` where it isn't clear which files are meant, or where one is missing.
 */
export function splitFiles(folder: string): Partial<Record<SplitName, readonly string[]>> {
  const found = filesIn(folder, maxDepth)
  const files = found.filter((file) => isReadable(file))
  const named = files.map((file) => ({ file, split: splitOf(relative(folder, file)) }))
  if (named.every(({ split }) => split === null)) {
    const [only, ...more] = files
    if (only === undefined) throw refuse(folder, whyNone(found))
    if (more.length === 0) return { train: [only] }
    throw refuse(folder, `none of its files has the name of a split, such as train.csv: ${someOf(folder, files)}. Name the file itself.`)
  }
  const splits: Partial<Record<SplitName, readonly string[]>> = {}
  for (const split of ['train', 'dev', 'test'] as const) {
    const own = named.filter((file) => file.split === split).map(({ file }) => file)
    if (own.length > 0) splits[split] = requireOneSet(folder, split, own)
  }
  return splits
}

/** Whether `path` is a folder. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  } catch {
    return false // a link to itself: who opens it is told
  }
}

/** The files of `split` in a folder, or of its only split where none is asked for. */
export function filesOfSplit(folder: string, split: SplitName | undefined): readonly string[] {
  const splits = splitFiles(folder)
  const names = Object.keys(splits) as SplitName[]
  const [only] = names
  const wanted = split ?? (names.length === 1 ? only : undefined)
  const files = wanted && splits[wanted]
  if (files !== undefined) return files
  const has = names.map((name) => `${name} (${someOf(folder, splits[name] ?? [])})`).join(', ')
  throw refuse(
    folder,
    split === undefined
      ? `it is a folder with the splits ${has}. Name the file to read.`
      : `it has no split ${split}. It has ${has}: name another folder or a file.`,
  )
}

function filesIn(folder: string, depth: number, count = { entries: 0 }): string[] {
  let entries: Dirent[]
  try {
    entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (cause) {
    throw refuse(folder, `${(cause as Error).message}.`, cause)
  }
  count.entries += entries.length
  if (count.entries > maxEntries) throw refuse(folder, `it holds more than ${maxEntries} files. Name the file to read.`)
  return entries.flatMap((entry) => {
    if (entry.name.startsWith('.')) return []
    const path = join(folder, entry.name)
    const folds = entry.isDirectory() || (entry.isSymbolicLink() && isFolder(path)) // as in the Hub's cache
    if (folds) return depth > 0 ? filesIn(path, depth - 1, count) : []
    return [path]
  })
}

function isReadable(file: string): boolean {
  const name = file.toLowerCase()
  return !besides.includes(basename(name)) && Object.values(readers).some(({ extensions }) => extensions.some((end) => name.endsWith(end)))
}

/** By the file's own name, else by the folders that it is in, the nearest first. */
function splitOf(path: string): SplitName | null {
  for (const part of path.split(/[\\/]/).reverse()) {
    const split = splitNamed(part)
    if (split !== null) return split
  }
  return null
}

function whyNone(found: readonly string[]): string {
  if (found.some((file) => extname(file) === '.arrow'))
    return 'its data are Arrow files, as save_to_disk writes them, which are not read here. Write them with to_parquet or to_json.'
  const endings = Object.values(readers).flatMap(({ extensions }) => extensions)
  return `it holds no file that is read here (${endings.join(', ')}).`
}

/** The files of a split. Throws where they are of several kinds, or in several folders, or not all of them are there. */
function requireOneSet(folder: string, split: SplitName, files: readonly string[]): readonly string[] {
  const alike = (keyOf: (file: string) => string) => new Set(files.map(keyOf)).size === 1
  if (!alike(dirname) || !alike((file) => extname(file).toLowerCase()))
    throw refuse(folder, `its split ${split} is there more than once: ${someOf(folder, files)}. Name one of these folders or files.`)
  for (const file of files) {
    const [, count] = /-\d{5}-of-(\d{5})\b/.exec(basename(file)) ?? []
    if (count !== undefined && Number(count) !== files.length)
      throw refuse(folder, `${relative(folder, file)} is one of ${Number(count)} files, and ${files.length} are there. Download it again.`)
  }
  return files
}

/** The first of some files in a folder, and how many more there are. */
export function someOf(folder: string, files: readonly string[]): string {
  const shown = files.slice(0, 4).map((file) => excerpt(relative(folder, file), 60))
  return files.length > shown.length ? `${shown.join(', ')} and ${files.length - shown.length} more` : shown.join(', ')
}

function refuse(folder: string, why: string, cause?: unknown): SoftPromptError {
  return new SoftPromptError('invalid_data', `Cannot read ${folder}: ${why}`, { cause })
}
