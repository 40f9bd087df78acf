import { excerpt, SoftPromptError } from '../../../shared/error.ts'
import { jsonLines } from './jsonl.ts'
import type { NumberedRecord, Reader } from './reader.ts'

/** One JSON array of records. What begins otherwise is JSON Lines under this name. */
export const json: Reader = {
  about: 'a JSON array of {"text", "label"}',
  extensions: ['.json'],
  fallback: false,
  records: (text, { file }) => (text.trimStart().startsWith('[') ? elements(text, file) : jsonLines(text, file)),
}

function elements(text: string, file: string): NumberedRecord[] {
  try {
    const values = JSON.parse(text) as unknown[]
    const lines = endLines(text)
    return values.map((value, i) => ({ line: lines[i] ?? 1, value }))
  } catch (cause) {
    const { message } = cause as Error
    const place = placeOf(message, text)
    throw new SoftPromptError('invalid_data', `Cannot read ${file}${place}: it is not a JSON array (${excerpt(message)}).`, { cause })
  }
}

/** The line that JSON.parse complains of, where it says so: of a short text it shows the text. */
function placeOf(message: string, text: string): string {
  const position = /position (\d+)/.exec(message)?.[1] ?? (/end of JSON/.test(message) ? text.length : undefined)
  return position === undefined ? '' : `, line ${text.slice(0, Number(position)).split('\n').length}`
}

/** The line on which each element of a JSON array ends. */
function endLines(text: string): number[] {
  const lines: number[] = []
  let [line, depth, some] = [1, 0, false]
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[\n[\]{},]|[^\s"[\]{},]+/g)) {
    if (token === '\n') {
      line++
      continue
    }
    const ends = (depth === 1 && token === ',') || (depth === 1 && token === ']' && some)
    if (ends) lines.push(line)
    if (token === '[' || token === '{') depth++
    else if (token === ']' || token === '}') depth--
    some ||= depth > 1 || (depth === 1 && token !== '[')
  }
  return lines
}
