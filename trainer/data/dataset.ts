import { createHash } from 'node:crypto'
import { parse as parseCsv } from 'csv-parse/sync'
import { z } from 'zod'
import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { readFile } from '../disk/read-file.ts'

/** All examples are in memory while training. */
const mostBytes = 2 ** 29 - 2 ** 16 // a string has no room for more

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

/** Reads a file of examples: CSV with a header where its name ends in .csv, else JSON Lines. Errors name the file and the line. */
export function readExamples(file: string): Dataset {
  const bytes = readFile(file, mostBytes, 'invalid_data')
  if (bytes === null) throw new SoftPromptError('invalid_data', `Cannot read ${file}: there is no such file.`)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes) // which also drops a byte order mark
  } catch (cause) {
    throw new SoftPromptError('invalid_data', `Cannot read ${file}: it is not UTF-8. Save it as UTF-8.`, { cause })
  }
  const records = /\.csv$/i.test(file) ? csvRecords(text, file) : jsonLines(text, file)
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

interface Record {
  readonly line: number
  readonly value: unknown
}

function jsonLines(text: string, file: string): Record[] {
  return text.split('\n').flatMap((row, i) => {
    if (row.trim() === '') return []
    try {
      return [{ line: i + 1, value: JSON.parse(row) as unknown }]
    } catch (cause) {
      throw new SoftPromptError(
        'invalid_data',
        `Cannot read ${file}, line ${i + 1}: it is not JSON (${excerpt((cause as Error).message)}): ${excerpt(row)}`,
        { cause },
      )
    }
  })
}

function csvRecords(text: string, file: string): Record[] {
  try {
    const rows = parseCsv(text, {
      columns: (header: string[]) => csvColumns(header, file),
      info: true,
      skip_empty_lines: true,
    }) as unknown as {
      info: { lines: number }
      record: unknown
    }[]
    return rows.map(({ info, record }) => ({ line: info.lines, value: record }))
  } catch (cause) {
    if (cause instanceof SoftPromptError) throw cause
    throw new SoftPromptError(
      'invalid_data',
      `Cannot read ${file}: it is not CSV with a header line "text,label" (${excerpt((cause as Error).message, 160)}).`,
      { cause },
    )
  }
}

/** The names of the columns, without the spaces and capitals that people put there. */
function csvColumns(header: readonly string[], file: string): string[] {
  const columns = header.map((name) => name.trim().toLowerCase())
  for (const needed of ['text', 'label']) {
    const times = columns.filter((name) => name === needed).length
    if (times === 1) continue
    throw new SoftPromptError(
      'invalid_data',
      `Cannot read ${file}, line 1: ${times === 0 ? 'no' : 'more than one'} column is named "${needed}" (the columns are ${excerpt(columns, 160)}). Name two of them text and label.`,
    )
  }
  return columns
}
