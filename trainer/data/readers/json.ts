import { excerpt, SoftPromptError } from '../../../shared/error.ts'
import { jsonLines } from './jsonl.ts'
import { tooLong } from './lines.ts'
import { maxRecordLength, type NumberedRecord, type Reader } from './reader.ts'

/** One JSON array of records. What begins otherwise is JSON Lines under this name. */
export const json: Reader = {
  about: 'a JSON array of {"text", "label"}',
  extensions: ['.json'],
  fallback: false,
  counts: 'line',
  records: (contents, { file }) => (firstCharacter(contents.text()) === '[' ? elements : jsonLines)(contents.text(), file),
}

function firstCharacter(pieces: Iterable<string>): string | undefined {
  for (const piece of pieces) {
    const [found] = piece.trimStart()
    if (found !== undefined) return found
  }
  return undefined
}

/** What decides where an element of an array ends, outside of strings; and what ends a string. */
const outside = /["\n[\]{},]|[^\s"[\]{},]+/g
const inside = /["\\\n]/g

/** The elements of a JSON array that comes in `pieces`, each parsed alone, so that a broken one is named by its line. */
function* elements(pieces: Iterable<string>, file: string): Generator<NumberedRecord> {
  let [line, depth, found] = [1, 0, 0]
  let [quoted, escaped, closed] = [false, false, false]
  let element = '' // what came of the element that has not ended yet
  const refuse = (why: string, cause?: unknown) =>
    new SoftPromptError('invalid_data', `Cannot read ${file}, line ${line}: ${why}`, { cause })
  const parse = (text: string): unknown => {
    try {
      return JSON.parse(text)
    } catch (cause) {
      throw refuse(`it is not JSON (${excerpt((cause as Error).message)}): ${excerpt(text.trim())}`, cause)
    }
  }
  for (const piece of pieces) {
    if (piece === '') continue
    let [start, at] = [0, escaped ? 1 : 0] // where the element goes on in this piece, and how far it was looked through
    escaped = false
    while (at < piece.length) {
      const tokens = quoted ? inside : outside
      tokens.lastIndex = at
      const token = tokens.exec(piece)
      if (token === null) break
      const [text] = token
      at = tokens.lastIndex
      if (text === '\n') line++
      else if (quoted && text === '\\') {
        at++
        escaped = at > piece.length
      } else if (quoted) quoted = false
      else {
        if (closed) throw refuse(`something stands behind the array: ${excerpt(piece.slice(token.index, token.index + 100))}`)
        if (text === '"') quoted = true
        if (depth === 1 && (text === ',' || text === ']')) {
          const whole = element + piece.slice(start, token.index)
          if (text === ',' || found > 0 || whole.trim() !== '') yield { line, value: parse(whole) }
          found++
          ;[element, start] = ['', at]
        }
        if (text === '[' || text === '{') {
          if (depth === 0) start = at
          depth++
        }
        if (text === ']' || text === '}') depth--
        closed = depth === 0
        if (closed && text === '}') throw refuse('the array ends with "}" where "]" is needed.')
      }
    }
    element += piece.slice(start)
    if (element.length > maxRecordLength) throw tooLong(file, line, element)
  }
  if (!closed) throw refuse('the array does not end: its "]" is missing.')
}
