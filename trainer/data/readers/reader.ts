/** The names of the fields that hold a record's text and its label. */
export interface Columns {
  readonly text: string
  readonly label: string
}

/** What a reader is told about a file. */
export interface Reading {
  /** Its name, for messages. */
  readonly file: string
  readonly columns: Columns
  /** Tells people, in one line, how the file is read where its name does not say it. */
  readonly tell: (line: string) => void
}

/** A record of a file, not yet checked to be an example. */
export interface NumberedRecord {
  /** The line where it ends; the first is 1. */
  readonly line: number
  /** An object with the two columns among its fields, where the file is right. */
  readonly value: unknown
}

/** A way to write examples in a file. */
export interface Reader {
  /** For people: what such a file holds. */
  readonly about: string
  /** The ends of the names of such files, in lower case. */
  readonly extensions: readonly string[]
  /** Whether it also reads the files that no reader's extensions name: one reader does. */
  readonly fallback: boolean
  /** The records of a file. Throws `invalid_data`, naming the file and the line. */
  records(text: string, reading: Reading): NumberedRecord[]
}
