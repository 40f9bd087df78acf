import { parse } from 'csv-parse/sync'
import { excerpt, SoftPromptError } from '../../../shared/error.ts'
import { type NumberedRecord, nameColumns, neededColumns, type Reading } from './reader.ts'

interface Dialect {
  readonly separator: string
  readonly quote: '"' | false
  /** For messages: `CSV`. */
  readonly what: string
}

/** The records of a file of cells whose first line names the columns, whatever spaces and capitals the names have. */
export function separatedRecords(text: string, { separator, quote, what }: Dialect, reading: Reading): NumberedRecord[] {
  const { file } = reading
  try {
    const rows = parse(text, {
      columns: (header: string[]) => columnNames(header, reading),
      delimiter: separator,
      quote,
      record_delimiter: ['\r\n', '\n', '\r'],
      info: true,
      skip_empty_lines: true,
    }) as unknown as { info: { lines: number }; record: unknown }[]
    return rows.map(({ info, record }) => ({ line: info.lines, value: record }))
  } catch (cause) {
    if (cause instanceof SoftPromptError) throw cause
    const header = neededColumns(reading).join(separator === '\t' ? '<tab>' : separator)
    throw new SoftPromptError(
      'invalid_data',
      `Cannot read ${file}: it is not ${what} with a header line such as ${excerpt(JSON.stringify(header))} (${excerpt((cause as Error).message, 160)}).`,
      { cause },
    )
  }
}

/** Where a header line has ended. */
const maxHeaderLength = 2 ** 16

/** The cells of a text's first line; none where it has none, or is no line of such cells. */
export function headerNames(text: string, separator: string): string[] {
  try {
    return (
      (
        parse(text.slice(0, maxHeaderLength), {
          delimiter: separator,
          to: 1,
          record_delimiter: ['\r\n', '\n', '\r'],
          relax_column_count: true,
        }) as string[][]
      )[0] ?? []
    )
  } catch {
    return []
  }
}

/** Whether a header names every column that is needed. */
export function namesAll(header: readonly string[], reading: Reading): boolean {
  return neededColumns(reading).every((wanted) => header.some((name) => same(name, wanted)))
}

/** The header with the columns that are needed under their own names. Throws where one is missing, or there twice. */
function columnNames(header: readonly string[], reading: Reading): string[] {
  const { file } = reading
  const wanted = neededColumns(reading)
  for (const name of wanted) {
    const times = header.filter((other) => same(other, name)).length
    if (times === 1) continue
    const found = excerpt(header.map((other) => JSON.stringify(other.trim())).join(', '), 160)
    throw new SoftPromptError(
      'invalid_data',
      `Cannot read ${file}, line 1: ${times === 0 ? 'no' : 'more than one'} column is named ${excerpt(JSON.stringify(name))}. The columns are ${found}: ${nameColumns(reading)}`,
    )
  }
  return header.map((name) => wanted.find((other) => same(name, other)) ?? name.trim())
}

function same(name: string, wanted: string): boolean {
  return name.trim().toLowerCase() === wanted.trim().toLowerCase()
}
