/** The texts of the file `name`, whose contents are `bytes`. Throws where there are none, with what was expected. */
export async function textsOfFile(name: string, bytes: Uint8Array): Promise<string[]> {
  const contents = decoded(name, bytes)
  const extension = extensionOf(name)
  if (extension === 'csv' || extension === 'tsv') return requireTexts(name, await ofTable(contents, extension))
  if (extension === 'json') return requireTexts(name, ofJson(contents))
  if (extension === 'jsonl' || extension === 'ndjson') return requireTexts(name, ofJsonLines(contents))
  return requireTexts(name, ofLines(contents))
}

/** The texts that were pasted: a line each, or JSON Lines. Throws as `textsOfFile` does. */
export function pastedTexts(contents: string): string[] {
  return requireTexts('what was pasted', ofLines(contents.replace(/^\uFEFF/, '')))
}

/** `bytes` as text. Throws where they are none: an image, or a table as a spreadsheet has it. */
function decoded(name: string, bytes: Uint8Array): string {
  const problem = `Cannot read ${name}: it is not text in UTF-8. Give a file of texts, and save it as UTF-8.`
  let contents: string
  try {
    contents = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch (cause) {
    throw new Error(problem, { cause })
  }
  if (contents.includes('\0')) throw new Error(problem)
  return contents
}

function requireTexts(name: string, all: readonly string[]): string[] {
  const texts = all.map((text) => text.trim()).filter((text) => text !== '')
  if (texts.length === 0) throw new Error(`Cannot find texts in ${name}: it is empty.`)
  return texts
}

function ofLines(contents: string): string[] {
  return /^\s*\{"/.test(contents) ? ofJsonLines(contents) : contents.split(/\r?\n/)
}

function extensionOf(name: string): string {
  return /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''
}

/** The column `text` of a table, or its first where no column has that name. */
async function ofTable(contents: string, extension: 'csv' | 'tsv'): Promise<string[]> {
  const { parse } = await import('csv-parse/browser/esm/sync') // as large as the rest of the page
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
