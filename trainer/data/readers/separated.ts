import { Parser } from 'csv-parse'
import { parse } from 'csv-parse/sync'
import { excerpt, SoftPromptError } from '../../../shared/error.ts'
import { columnNames } from './column-names.ts'
import { type Contents, maxRecordLength, type NumberedRecord, neededColumns, type Reading } from './reader.ts'

interface Dialect {
  readonly separator: string
  readonly quote: '"' | false
  /** For messages: `CSV`. */
  readonly what: string
}

const lineEnds = ['\r\n', '\n', '\r']

/** The records of a file of cells whose first line names the columns, whatever spaces and capitals the names have. */
export function* separatedRecords(contents: Contents, { separator, quote, what }: Dialect, reading: Reading): Generator<CellRecord> {
  const { file } = reading
  const parser = new RecordParser({
    columns: (header: string[]) => columnNames(header, reading, `${file}, line 1`),
    delimiter: separator,
    quote,
    record_delimiter: lineEnds,
    max_record_size: maxRecordLength,
    skip_empty_lines: true,
  })
  try {
    for (const piece of contents.text()) yield* parser.endedBy(Buffer.from(piece))
    yield* parser.endedAtLast()
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

interface CellRecord extends NumberedRecord {
  readonly value: Readonly<Record<string, string>>
}

/** csv-parse's stream, called piece by piece: what a piece ends is there at once. */
class RecordParser extends Parser {
  #ended: CellRecord[] = []

  override push(value: CellRecord['value'] | null): boolean {
    if (value !== null) this.#ended.push({ line: this.info.lines, value }) // its option `info` would count the same, in twice the time
    return true
  }

  /** The records that end with `bytes`. */
  endedBy(bytes: Buffer): CellRecord[] {
    this._transform(bytes, 'buffer' as BufferEncoding, rethrow)
    return this.#taken()
  }

  /** The record that the end of the file ends. */
  endedAtLast(): CellRecord[] {
    this._flush(rethrow)
    return this.#taken()
  }

  #taken(): CellRecord[] {
    const ended = this.#ended
    this.#ended = []
    return ended
  }
}

function rethrow(error?: Error | null): void {
  if (error) throw error
}

/** Where a header line has ended. */
const maxHeaderLength = 2 ** 16

/** The cells of the first line; none where there is none, or it is no line of such cells. */
export function headerNames(contents: Contents, separator: string): string[] {
  let begin = ''
  for (const piece of contents.text()) {
    begin += piece
    if (begin.length >= maxHeaderLength) break
  }
  const options = { delimiter: separator, to: 1, record_delimiter: lineEnds, relax_column_count: true } as const
  try {
    const [header = []] = parse(begin.slice(0, maxHeaderLength), options) as string[][]
    return header
  } catch {
    return []
  }
}
