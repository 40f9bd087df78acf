import { createHash } from 'node:crypto'
import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { readFile } from '../disk/read-file.ts'
import type { Columns, Reader } from './readers/reader.ts'
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
  const bytes = readFile(file, maxFileBytes, 'invalid_data')
  if (bytes === null) throw new SoftPromptError('invalid_data', `Cannot read ${file}: there is no such file.`)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes) // which also drops a byte order mark
  } catch (cause) {
    throw new SoftPromptError('invalid_data', `Cannot read ${file}: it is not UTF-8. Save it as UTF-8.`, { cause })
  }
  const records = readerOf(file).records(text, { file, columns, tell })
  const spelt = records.find(({ value }) => isPlain(fieldOf(value, columns.label)))
  if (spelt !== undefined) {
    const label = fieldOf(spelt.value, columns.label)
    tell(`Reading the labels in ${file} as text, such as ${excerpt(JSON.stringify(String(label)))} for ${String(label)}.`)
  }
  const examples = records.map(({ line, value }) => exampleOf(value, columns, `${file}, line ${line}`))
  if (examples.length === 0) throw new SoftPromptError('invalid_data', `Cannot read ${file}: it has no examples.`)
  return { file, sha256: createHash('sha256').update(bytes).digest('hex'), examples }
}

/** A record as an example. Throws, with its place, where it is none. */
function exampleOf(value: unknown, columns: Columns, where: string): Example {
  const refuse = (why: string) => new SoftPromptError('invalid_data', `Cannot read ${where}: ${why}`)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refuse(
      `the record is ${excerpt(value)}. Each record is an object such as {"${excerpt(columns.text)}": "...", "${excerpt(columns.label)}": "..."}.`,
    )
  for (const column of [columns.text, columns.label]) {
    if (Object.hasOwn(value, column)) continue
    const found = Object.keys(value).map((name) => JSON.stringify(name))
    throw refuse(
      `it has no field ${excerpt(JSON.stringify(column))}. Its fields are ${excerpt(found.join(', '), 160) || 'none'}: say with --text-column and --label-column which two to read.`,
    )
  }
  const [text, given] = [fieldOf(value, columns.text), fieldOf(value, columns.label)]
  const label = isPlain(given) ? String(given) : given
  if (typeof text !== 'string' || text === '') throw refuse(`field ${excerpt(columns.text)} is ${text === '' ? 'empty' : excerpt(text)}, and a text that is not empty is needed.`) // biome-ignore format: one thought
  if (typeof label !== 'string' || label === '') throw refuse(`field ${excerpt(columns.label)} is ${label === '' ? 'empty' : excerpt(label)}, and a label that is not empty is needed: a text, a number, true or false.`) // biome-ignore format: one thought
  return { text, label }
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
