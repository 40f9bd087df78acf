import { excerpt, SoftPromptError } from '../../../shared/error.ts'
import type { NumberedRecord, Reader } from './reader.ts'

/** JSON Lines: a JSON value a line. */
export const jsonl: Reader = {
  about: 'JSON Lines {"text", "label"}',
  extensions: ['.jsonl', '.ndjson'],
  fallback: true,
  records: (text, { file }) => jsonLines(text, file),
}

/** The value of each line. Empty lines are passed over. */
export function jsonLines(text: string, file: string): NumberedRecord[] {
  return text.split('\n').flatMap((row, i) => {
    if (row.trim() === '') return []
    try {
      return [{ line: i + 1, value: JSON.parse(row) as unknown }]
    } catch (cause) {
      throw new SoftPromptError(
        'invalid_data',
        `Cannot read ${file}, line ${i + 1}: it is not JSON (${excerpt((cause as Error).message)}): ${excerpt(row)}`,
        { cause },
      )
    }
  })
}
