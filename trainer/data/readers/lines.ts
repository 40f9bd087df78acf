import { excerpt, SoftPromptError } from '../../../shared/error.ts'
import { maxRecordLength } from './reader.ts'

/** The lines of a text that comes in `pieces`, and their numbers, from 1 on. Throws `invalid_data` on a line that is too long to be a record. */
export function* numberedLines(pieces: Iterable<string>, file: string): Generator<{ line: number; text: string }> {
  let [line, rest] = [1, '']
  for (const piece of pieces) {
    let start = 0
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', start)) {
      yield { line, text: rest + piece.slice(start, end) }
      ;[line, rest, start] = [line + 1, '', end + 1]
    }
    rest += piece.slice(start)
    if (rest.length > maxRecordLength) throw tooLong(file, line, rest)
  }
  if (rest !== '') yield { line, text: rest }
}

/** The failure of a record that does not end in time. */
export function tooLong(file: string, line: number, text: string): SoftPromptError {
  return new SoftPromptError(
    'invalid_data',
    `Cannot read ${file}, line ${line}: a record has more than ${maxRecordLength} characters. It begins ${excerpt(text.slice(0, 100), 60)}`,
  )
}
