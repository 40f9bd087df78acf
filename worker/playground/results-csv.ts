import type { TaskResult } from './place.ts'

/** The results as CSV, a text a line, with a label and its probability for each task. */
export function resultsCsv(texts: readonly string[], tasks: readonly string[], results: readonly (TaskResult | undefined)[]): string {
  const head = ['text', ...tasks.flatMap((task) => [task, `${task}_probability`])]
  const rows = texts.map((text, index) => [
    text,
    ...tasks.flatMap((_, n) => {
      const result = results[index * tasks.length + n]
      return result === undefined ? ['', ''] : [result.labels?.join(', ') ?? result.label ?? '', String(result.probability)]
    }),
  ])
  return [head, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

/** A cell that begins like a formula would be run by a spreadsheet: it gets an apostrophe before it. */
function cell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) && Number.isNaN(Number(value)) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
