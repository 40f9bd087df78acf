import { createHash } from 'node:crypto'
import { z } from 'zod'
import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { readFile } from '../disk/read-file.ts'
import type { Reader } from './readers/reader.ts'
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

const Example = z.object({ text: z.string().min(1), label: z.string().min(1) })

/** What a file of examples may be, for people. */
export const exampleFormats = Object.values(readers)
  .map(({ about }) => about)
  .join(', or ')

/** Reads a file of examples by the reader that its name asks for. Errors name the file and the line. */
export function readExamples(file: string): Dataset {
  const bytes = readFile(file, maxFileBytes, 'invalid_data')
  if (bytes === null) throw new SoftPromptError('invalid_data', `Cannot read ${file}: there is no such file.`)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes) // which also drops a byte order mark
  } catch (cause) {
    throw new SoftPromptError('invalid_data', `Cannot read ${file}: it is not UTF-8. Save it as UTF-8.`, { cause })
  }
  const records = readerOf(file).records(text, file)
  const examples = records.map(({ line, value }) => {
    const parsed = Example.safeParse(value)
    if (parsed.success) return parsed.data
    const issue = parsed.error.issues[0]
    const field = issue?.path.join('.') || 'the record'
    throw new SoftPromptError(
      'invalid_data',
      `Cannot read ${file}, line ${line}: ${field}: ${issue?.message} (the record is ${excerpt(value)}). Each record needs a "text" and a "label", both strings that are not empty.`,
    )
  })
  if (examples.length === 0) throw new SoftPromptError('invalid_data', `Cannot read ${file}: it has no examples.`)
  return { file, sha256: createHash('sha256').update(bytes).digest('hex'), examples }
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
