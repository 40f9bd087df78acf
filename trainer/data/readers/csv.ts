import { namesAll } from './column-names.ts'
import type { Contents, Reader } from './reader.ts'
import { headerNames, separatedRecords } from './separated.ts'

/** What may stand between the cells, the usual first. Spreadsheets write ";" where numbers have a decimal comma. */
const separators = [',', ';', '\t'] as const
const names = { ',': '","', ';': '";"', '\t': 'tabs' } as const

/** CSV whose first line names the columns: RFC 4180, or with another separator, which that line shows. */
export const csv: Reader = {
  about: 'CSV with the columns text and label',
  extensions: ['.csv'],
  fallback: false,
  counts: 'line',
  header: (contents) => widest(headersOf(contents)).header,
  records(contents, reading) {
    const headers = headersOf(contents)
    const { separator } = headers.find(({ header }) => namesAll(header, reading)) ?? widest(headers)
    if (separator !== ',') reading.tell(`Reading ${reading.file} as CSV separated by ${names[separator]}, as in its first line.`)
    return separatedRecords(contents, { separator, quote: '"', what: 'CSV' }, reading)
  },
}

/** The first line as each separator would part it. */
function headersOf(contents: Contents) {
  return separators.map((separator) => ({ separator, header: headerNames(contents, separator) }))
}

function widest<Header extends { readonly header: readonly string[] }>(headers: readonly Header[]): Header {
  return headers.reduce((best, next) => (next.header.length > best.header.length ? next : best))
}
