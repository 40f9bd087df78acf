import type { Reader } from './reader.ts'
import { headerNames, separatedRecords } from './separated.ts'

/** Lines of cells with tabs between them, whose first names the columns. A quote is a character like any other. */
export const tsv: Reader = {
  about: 'TSV with the columns text and label',
  extensions: ['.tsv', '.tab'],
  fallback: false,
  counts: 'line',
  header: (contents) => headerNames(contents, '\t'),
  *records(contents, reading) {
    let told = false
    for (const record of separatedRecords(contents, { separator: '\t', quote: false, what: 'TSV' }, reading)) {
      if (!told && Object.values(record.value).some(looksQuoted)) {
        reading.tell(
          `Reading the quotes around cells of ${reading.file} as part of them, since TSV has no quotes. Name the file .csv if it has.`,
        )
        told = true
      }
      yield record
    }
  },
}

/** Whether a cell looks as CSV would write one with quotes in it. */
function looksQuoted(cell: string): boolean {
  return cell.startsWith('"') && cell.endsWith('"') && cell.includes('""', 1)
}
