import type { Reader } from './reader.ts'
import { separatedRecords } from './separated.ts'

/** Lines of cells with tabs between them, whose first names the columns. A quote is a character like any other. */
export const tsv: Reader = {
  about: 'TSV with the columns text and label',
  extensions: ['.tsv', '.tab'],
  fallback: false,
  records(text, reading) {
    const records = separatedRecords(text, { separator: '\t', quote: false, what: 'TSV' }, reading)
    if (records.some(({ value }) => Object.values(value as object).some(looksQuoted)))
      reading.tell(
        `Reading the quotes around cells of ${reading.file} as part of them, since TSV has no quotes. Name the file .csv if it has.`,
      )
    return records
  },
}

/** Whether a cell looks as CSV would write one with quotes in it. */
function looksQuoted(cell: string): boolean {
  return /^".*""/s.test(cell) && cell.endsWith('"')
}
