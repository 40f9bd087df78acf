import { LineCounter, parseDocument } from 'yaml'
import { excerpt } from '../../shared/error.ts'

/** The keys of JSON that stand twice in one object, of which JSON.parse keeps the last alone: a line each, for people. `json` is valid. */
export function keysTwice(json: string): string[] {
  const lines = new LineCounter()
  const { errors } = parseDocument(json, { schema: 'json', lineCounter: lines, prettyErrors: false }) // JSON is YAML, where keys are unique
  return errors.flatMap(({ code, pos: [at] }) => {
    if (code !== 'DUPLICATE_KEY') return []
    const [key = ''] = /^"(?:[^"\\]|\\.)*"/.exec(json.slice(at)) ?? []
    return [
      `line ${lines.linePos(at).line} states ${excerpt(key, 60)} a second time, and the first would count for nothing. Leave one of them out.`,
    ]
  })
}
