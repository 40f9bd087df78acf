import { createHash } from 'node:crypto'
import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { readFile } from '../disk/read-file.ts'
import { type Columns, nameColumns, neededColumns, type Reader, type Reading } from './readers/reader.ts'
import * as readers from './readers/table.ts'

/** All examples are in memory while training. */
const maxFileBytes = 2 ** 29 - 2 ** 16 // a string has no room for more

export interface Example {
  readonly text: string
  readonly label: string
}

/** The examples of one file, and what names its content. */
export interface Dataset {
  readonly file: string
  readonly sha256: string
  readonly examples: readonly Example[]
}

/** How a file of examples is read. */
export interface ReadOptions {
  /** The names of its two columns. */
  readonly columns?: Columns
  /** Is told, in a line each, how the file is read where that is not obvious. */
  readonly tell?: (line: string) => void
}

/** What the columns are called where nothing else is said. */
export const usualColumns: Columns = { text: 'text', label: 'label' }

/** What a file of examples may be, for people. */
export const exampleFormats = Object.values(readers)
  .map(({ about }) => about)
  .join(', or ')

/** Reads a file of examples by the reader that its name asks for. Labels that are numbers, true or false become their text. Errors name the file, the line and the field. */
export function readExamples(file: string, { columns = usualColumns, tell = () => undefined }: ReadOptions = {}): Dataset {
  const { bytes, records } = readRecords(file, { columns, labelled: true, tell })
  const spelt = records.find(({ value }) => isPlain(fieldOf(value, columns.label)))
  if (spelt !== undefined) {
    const label = fieldOf(spelt.value, columns.label)
    tell(`Reading the labels in ${file} as text, such as ${excerpt(JSON.stringify(String(label)))} for ${String(label)}.`)
  }
  const examples = records.map(({ line, value }) => {
    const where = `${file}, line ${line}`
    const text = textOf(value, { columns, labelled: true }, where)
    return { text, label: labelOf(value, columns.label, where) }
  })
  return { file, sha256: createHash('sha256').update(bytes).digest('hex'), examples }
}

/** The texts of a file as `readExamples` reads them, labelled or not. */
export function readTexts(file: string, { columns = usualColumns, tell = () => undefined }: ReadOptions = {}): string[] {
  const reading = { columns, labelled: false }
  return readRecords(file, { ...reading, tell }).records.map(({ line, value }) => textOf(value, reading, `${file}, line ${line}`))
}

/** A file's bytes, and its records: at least one. */
function readRecords(file: string, reading: Omit<Reading, 'file'>) {
  const bytes = readFile(file, maxFileBytes, 'invalid_data')
  if (bytes === null) throw new SoftPromptError('invalid_data', `Cannot read ${file}: there is no such file.`)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes) // which also drops a byte order mark
  } catch (cause) {
    throw new SoftPromptError('invalid_data', `Cannot read ${file}: it is not UTF-8. Save it as UTF-8.`, { cause })
  }
  const records = readerOf(file).records(text, { file, ...reading })
  if (records.length === 0) throw new SoftPromptError('invalid_data', `Cannot read ${file}: it has no examples.`)
  return { bytes, records }
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
    if (Object.hasOwn(value, column)) continue
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

/** A record's label, which is there. Throws, with its place, where it is none. */
function labelOf(value: unknown, column: string, where: string): string {
  const given = fieldOf(value, column)
  const label = isPlain(given) ? String(given) : given
  if (typeof label === 'string' && label !== '') return label
  throw new SoftPromptError(
    'invalid_data',
    `Cannot read ${where}: field ${excerpt(column)} is ${label === '' ? 'empty' : excerpt(label)}, and a label that is not empty is needed: a text, a number, true or false.`,
  )
}

/** A record's own field; undefined where it has none. */
function fieldOf(record: unknown, name: string): unknown {
  return typeof record === 'object' && record !== null && Object.hasOwn(record, name)
    ? (record as Record<string, unknown>)[name]
    : undefined
}

/** Whether a label is told apart by its text alone though it is none. */
function isPlain(label: unknown): label is number | boolean {
  return typeof label === 'number' || typeof label === 'boolean'
}

/** The reader of files of this name. */
function readerOf(file: string): Reader {
  const known = Object.values(readers)
  const name = file.toLowerCase()
  const reader =
    known.find(({ extensions }) => extensions.some((extension) => name.endsWith(extension))) ?? known.find(({ fallback }) => fallback)
  if (reader === undefined) throw new Error('no reader takes the files that no other does')
  return reader
}
