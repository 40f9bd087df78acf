import { LineCounter, parseDocument } from 'yaml'
import { excerpt } from '../../shared/error.ts'

/** The comments of JSON that may have them, and the texts, in which nothing is a comment. */
const commentOrText = /"(?:[^"\\]|\\.)*"|\/\/.*|\/\*[\s\S]*?\*\//g

/** The keys of JSON that stand twice in one object, of which a parser keeps the last alone: a line each, for people. `text` is valid, perhaps with comments. */
export function keysTwice(text: string): string[] {
  const json = text.replace(commentOrText, (part) => (part.startsWith('"') ? part : part.replace(/[^\n]/g, ' ')))
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
