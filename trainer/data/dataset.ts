import { createHash } from 'node:crypto'
import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { filesOfSplit, isFolder, someOf } from './dataset-folder.ts'
import type { Example } from './example.ts'
import { nameOfLabel, namesBeside } from './label-names.ts'
import { openExamples } from './opened-file.ts'
import { otherLabelFields, readLabels } from './read-labels.ts'
import { type Columns, nameColumns, neededColumns, type Reader, type Reading, usualColumns } from './readers/reader.ts'
import * as readers from './readers/table.ts'
import type { SplitName } from './split-names.ts'

/** All examples are in memory while training: their characters, and so many more for each example. */
const maxHeld = 2 ** 30
const heldPerExample = 128

/** The examples of one file or folder, and what names its content. */
export interface Dataset {
  readonly file: string
  readonly sha256: string
  readonly examples: readonly Example[]
}

/** How a file of examples is read. */
export interface ReadOptions {
  /** The names of its two columns. */
  readonly columns?: Columns
  /** Which split of a folder is read; its only one where none is named. */
  readonly split?: SplitName
  /** Is told, in a line each, how the file is read where that is not obvious. */
  readonly tell?: (line: string) => void
}

/** What a file of examples may be, for people. */
export const exampleFormats = `${Object.values(readers)
  .map(({ about }) => about)
  .join(', ')}, or a Hugging Face dataset folder`

/**
 * Reads a file of examples by the reader that its name asks for, or a split of a folder. Labels that are numbers, true or false become their
 * text, or the name that stands for them where the data set has names. Errors name the file, the line and the field.
 */
export function readExamples(file: string, { columns = usualColumns, split, tell = () => undefined }: ReadOptions = {}): Dataset {
  const examples: Example[] = []
  const known = new Map<string, string>() // each label is held once
  const once = (label: string) => {
    const kept = known.get(label) ?? label
    known.set(kept, kept)
    return kept
  }
  let told = false
  const sha256 = readRecords(file, split, { columns, labelled: true, tell }, ({ value, where, names }) => {
    const text = textOf(value, { columns, labelled: true }, where)
    let spelt = ''
    const name = (label: string) => {
      spelt = label
      return once(names === null ? label : nameOfLabel(label, names, where))
    }
    const { plain, label, ...more } = readLabels(value as Record<string, unknown>, columns.label, where, name)
    if (examples.length > 0 && (more.labels === undefined) !== (examples[0]?.labels === undefined))
      throw new SoftPromptError(
        'invalid_data',
        `Cannot read ${where}: it has ${more.labels === undefined ? 'one label, and those before have lists of labels' : 'a list of labels, and those before have one label each'}. Write all in one way.`,
      )
    examples.push({ text, label: once(label), ...more })
    const renamed = names !== null && more.labels === undefined && label !== spelt
    if (told || !(plain !== undefined || renamed)) return
    tell(
      renamed
        ? `Reading the labels in ${file} by their names, such as ${excerpt(JSON.stringify(label))} for ${excerpt(spelt)}.`
        : `Reading the labels in ${file} as text, such as ${excerpt(JSON.stringify(label))} for ${String(plain)}.`,
    )
    told = true
  })
  return { file, sha256, examples }
}

/** The texts of a file as `readExamples` reads them, labelled or not. */
export function readTexts(file: string, { columns = usualColumns, split, tell = () => undefined }: ReadOptions = {}): string[] {
  const texts: string[] = []
  const reading = { columns, labelled: false }
  readRecords(file, split, { ...reading, tell }, ({ value, where }) => void texts.push(textOf(value, reading, where)))
  return texts
}

/** A record, where it is for people, and the names of its file's labels where those are numbers that stand for names. */
interface PlacedRecord {
  readonly value: unknown
  readonly where: string
  readonly names: readonly string[] | null
}

/** Hands over the records of a file or folder, at least one, one after another. Returns the SHA-256 of what was read. */
function readRecords(
  path: string,
  split: SplitName | undefined,
  reading: Omit<Reading, 'file'>,
  take: (record: PlacedRecord) => void,
): string {
  const folder = isFolder(path)
  const files = folder ? filesOfSplit(path, split) : [path]
  if (folder) reading.tell(`Reading ${someOf(path, files)} in ${path}.`)
  let [count, held] = [0, 0]
  const hashes = files.map((file) => {
    const opened = openExamples(file)
    try {
      const reader = readerOf(file)
      const names = folder && reading.labelled ? namesBeside(file, path, reading.columns.label) : null
      for (const { line, value } of reader.records(opened, { file, ...reading })) {
        const where = `${file}, ${reader.counts} ${line}`
        take({ value, where, names })
        const text = fieldOf(value, reading.columns.text)
        held += heldPerExample + (typeof text === 'string' ? text.length : 0)
        count++
        if (held > maxHeld)
          throw new SoftPromptError(
            'invalid_data',
            `Cannot read ${where}: the ${count} examples up to there are all that fits into memory. Take a part of them.`,
          )
      }
      return opened.sha256()
    } finally {
      opened.close()
    }
  })
  if (count === 0) throw new SoftPromptError('invalid_data', `Cannot read ${path}: it has no examples.`)
  const [only = '', ...more] = hashes
  return more.length === 0 ? only : createHash('sha256').update(hashes.join('\n')).digest('hex')
}

/** A record's text. Throws, with its place, where a field that it needs is missing, or the text is none. */
function textOf(value: unknown, reading: Pick<Reading, 'columns' | 'labelled'>, where: string): string {
  const refuse = (why: string) => new SoftPromptError('invalid_data', `Cannot read ${where}: ${why}`)
  const needed = neededColumns(reading)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const fields = needed.map((name) => `"${excerpt(name)}": "..."`).join(', ')
    throw refuse(`the record is ${excerpt(value)}. Each record is an object such as {${fields}}.`)
  }
  for (const column of needed) {
    if (Object.hasOwn(value, column) || (column === usualColumns.label && otherLabelFields.some((field) => Object.hasOwn(value, field))))
      continue
    const found = Object.keys(value).map((name) => JSON.stringify(name))
    throw refuse(
      `it has no field ${excerpt(JSON.stringify(column))}. Its fields are ${excerpt(found.join(', '), 160) || 'none'}: ${nameColumns(reading)}`,
    )
  }
  const text = fieldOf(value, reading.columns.text)
  if (typeof text === 'string' && text !== '') return text
  throw refuse(
    `field ${excerpt(reading.columns.text)} is ${text === '' ? 'empty' : excerpt(text)}, and a text that is not empty is needed.`,
  )
}

/** A record's own field; undefined where it has none. */
function fieldOf(record: unknown, name: string): unknown {
  return typeof record === 'object' && record !== null && Object.hasOwn(record, name)
    ? (record as Record<string, unknown>)[name]
    : undefined
}

/** The reader of files of this name. */
export function readerOf(file: string): Reader {
  const known = Object.values(readers)
  const name = file.toLowerCase()
  const reader =
    known.find(({ extensions }) => extensions.some((extension) => name.endsWith(extension))) ?? known.find(({ fallback }) => fallback)
  if (reader === undefined) throw new Error('no reader takes the files that no other does')
  return reader
}
