import { excerpt, SoftPromptError } from '../../../shared/error.ts'
import { numberedLines } from './lines.ts'
import type { NumberedRecord, Reader } from './reader.ts'

/** JSON Lines: a JSON value a line. */
export const jsonl: Reader = {
  about: 'JSON Lines {"text", "label"}',
  extensions: ['.jsonl', '.ndjson'],
  fallback: true,
  counts: 'line',
  records: (contents, { file }) => jsonLines(contents.text(), file),
}

/** The value of each line of a text that comes in `pieces`. Empty lines are passed over. */
export function* jsonLines(pieces: Iterable<string>, file: string): Generator<NumberedRecord> {
  for (const { line, text } of numberedLines(pieces, file)) if (text.trim() !== '') yield { line, value: parsed(text, file, line) }
}

function parsed(text: string, file: string, line: number): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new SoftPromptError(
      'invalid_data',
      `Cannot read ${file}, line ${line}: it is not JSON (${excerpt((cause as Error).message)}): ${excerpt(text)}`,
      { cause },
    )
  }
}
