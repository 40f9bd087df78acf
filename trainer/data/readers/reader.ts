/** A record of a file, not yet checked to be an example. */
interface NumberedRecord {
  /** The line where it ends; the first is 1. */
  readonly line: number
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
  /** The records of the file named `file`. Throws `invalid_data`, naming the file and the line. */
  records(text: string, file: string): NumberedRecord[]
}
