/** The names of the fields that hold a record's text and its label. */
export interface Columns {
  readonly text: string
  readonly label: string
}

/** What the columns are called where nothing else is said. */
export const usualColumns: Columns = { text: 'text', label: 'label' }

/** What a reader is told about a file. */
export interface Reading {
  /** Its name, for messages. */
  readonly file: string
  readonly columns: Columns
  /** Whether its records have to be labelled. */
  readonly labelled: boolean
  /** Tells people, in one line, how the file is read where its name does not say it. */
  readonly tell: (line: string) => void
}

/** What is in a file, which may be larger than a string or the memory: it is read piece by piece. */
export interface Contents {
  /** In bytes. */
  readonly size: number
  /** The whole as text, from its begin, in pieces that end anywhere. Throws `invalid_data` where it is not UTF-8. */
  text(): Iterable<string>
  /** The bytes from `start` to before `end`, which lie within the file. */
  bytes(start: number, end: number): Uint8Array<ArrayBuffer>
}

/** The columns that a file has to have. */
export function neededColumns({ columns, labelled }: Pick<Reading, 'columns' | 'labelled'>): string[] {
  return labelled ? [columns.text, columns.label] : [columns.text]
}

/** What to do where a column that is needed has another name. */
export function nameColumns({ labelled }: Pick<Reading, 'labelled'>): string {
  return labelled ? 'say with --text-column and --label-column which two to read.' : 'say with --text-column which to read.'
}

/** A record of a file, not yet checked to be an example. */
export interface NumberedRecord {
  /** The line where it ends or, in a file without lines, its row; the first is 1. */
  readonly line: number
  /** An object with the columns among its fields, where the file is right. */
  readonly value: unknown
}

/** One record may have so many characters: it is in memory while it is read. */
export const maxRecordLength = 2 ** 26

/** A way to write examples in a file. */
export interface Reader {
  /** For people: what such a file holds. */
  readonly about: string
  /** The ends of the names of such files, in lower case. */
  readonly extensions: readonly string[]
  /** Whether it also reads the files that no reader's extensions name: one reader does. */
  readonly fallback: boolean
  /** What the numbers of its records count. */
  readonly counts: 'line' | 'row'
  /** The names of all columns, where a file names them once for all its records. Throws `invalid_data` where it is no such file. */
  header?(contents: Contents, file: string): readonly string[]
  /** The records of a file, one after another. Throws `invalid_data`, naming the file and the line. */
  records(contents: Contents, reading: Reading): Iterable<NumberedRecord>
}
