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

/** What JSON is made of, as far as it takes to find where an element ends: strings whole, ends of lines, brackets, commas, the rest. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[\n[\]{},]|[^\s"[\]{},]+/g

/** The elements of a JSON array, each parsed alone, so that a broken one is named by its line. */
function elements(text: string, file: string): NumberedRecord[] {
  const records: NumberedRecord[] = []
  let [line, depth, start, closed] = [1, 0, 0, false]
  const refuse = (why: string, cause?: unknown) =>
    new SoftPromptError('invalid_data', `Cannot read ${file}, line ${line}: ${why}`, { cause })
  const parse = (element: string): unknown => {
    try {
      return JSON.parse(element)
    } catch (cause) {
      throw refuse(`it is not JSON (${excerpt((cause as Error).message)}): ${excerpt(element.trim())}`, cause)
    }
  }
  for (const { 0: token, index } of text.matchAll(tokens)) {
    if (token === '\n') {
      line++
      continue
    }
    if (closed) throw refuse(`something stands behind the array: ${excerpt(text.slice(index, index + 100))}`)
    if (depth === 1 && (token === ',' || token === ']')) {
      const element = text.slice(start, index)
      const empty = token === ']' && records.length === 0 && element.trim() === ''
      if (!empty) records.push({ line, value: parse(element) })
      start = index + 1
    }
    if (token === '[' || token === '{') depth++
    if (token === ']' || token === '}') depth--
    if (depth === 1 && start === 0) start = index + 1
    closed = depth === 0
    if (closed && token === '}') throw refuse('the array ends with "}" where "]" is needed.')
  }
  if (!closed) throw refuse('the array does not end: its "]" is missing.')
  return records
}
