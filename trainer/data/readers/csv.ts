import { parse } from 'csv-parse/sync'
import { excerpt, SoftPromptError } from '../../../shared/error.ts'
import type { Reader } from './reader.ts'

/** CSV whose first line names the columns: RFC 4180. */
export const csv: Reader = {
  about: 'CSV with the columns text and label',
  extensions: ['.csv'],
  fallback: false,
  records(text, file) {
    try {
      const rows = parse(text, {
        columns: (header: string[]) => columnNames(header, file),
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
  },
}

/** The names of the columns, without the spaces and capitals that people put there. */
function columnNames(header: readonly string[], file: string): string[] {
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
