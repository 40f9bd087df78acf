import { parse } from 'csv-parse/browser/esm/sync'

/** Texts from a file, or pasted. Throws where there are none, with what was expected. */
export function textsOfFile(name: string, contents: string): string[] {
  const texts = textsIn(extensionOf(name), contents.replace(/^\uFEFF/, ''))
    .map((text) => text.trim())
    .filter((text) => text !== '')
  if (texts.length === 0) throw new Error(`Cannot find texts in ${name}: it is empty.`)
  return texts
}

function textsIn(extension: string, contents: string): string[] {
  if (extension === 'csv' || extension === 'tsv') return ofTable(contents, extension)
  if (extension === 'json') return ofJson(contents)
  if (extension === 'jsonl' || extension === 'ndjson' || /^\s*\{"/.test(contents)) return ofJsonLines(contents)
  return contents.split(/\r?\n/)
}

function extensionOf(name: string): string {
  return /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''
}

/** The column `text` of a table, or its first where no column has that name. */
function ofTable(contents: string, extension: 'csv' | 'tsv'): string[] {
  const [head = ''] = contents.split('\n', 1)
  const delimiter = extension === 'tsv' ? '\t' : head.includes(';') && !head.includes(',') ? ';' : ','
  let rows: string[][]
  try {
    rows = parse(contents, { delimiter, quote: extension === 'csv' ? '"' : null, relax_column_count: true, skip_empty_lines: true })
  } catch (cause) {
    throw new Error(`Cannot read the table: ${(cause as Error).message}`, { cause })
  }
  const column = rows[0]?.findIndex((title) => title.trim().toLowerCase() === 'text') ?? -1
  return column < 0 ? rows.map(([first = '']) => first) : rows.slice(1).map((row) => row[column] ?? '')
}

function ofJson(contents: string): string[] {
  let values: unknown
  try {
    values = JSON.parse(contents)
  } catch (cause) {
    throw new Error(`Cannot read the file as JSON: ${(cause as Error).message}`, { cause })
  }
  if (!Array.isArray(values)) throw new Error('Cannot find texts in the file: expected a list of texts, or of objects with a "text".')
  return values.map((value, index) => textOf(value, `entry ${index + 1}`))
}

function ofJsonLines(contents: string): string[] {
  return contents.split(/\r?\n/).flatMap((line, index) => {
    if (line.trim() === '') return []
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch (cause) {
      throw new Error(`Cannot read line ${index + 1} as JSON: ${(cause as Error).message}`, { cause })
    }
    return [textOf(value, `line ${index + 1}`)]
  })
}

function textOf(value: unknown, place: string): string {
  if (typeof value === 'string') return value
  const text = (value as { text?: unknown } | null)?.text
  if (typeof text === 'string') return text
  throw new Error(`Cannot find a text in ${place}: expected a text, or an object with a "text".`)
}
