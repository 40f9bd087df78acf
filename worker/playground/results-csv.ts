import type { TaskResult } from './place.ts'

/** The results as CSV, a text a line, with a label, its probability and whether the text lost its end for each task. */
export function resultsCsv(texts: readonly string[], tasks: readonly string[], results: readonly (TaskResult | undefined)[]): string {
  const head = ['text', ...tasks.flatMap((task) => [task, `${task}_probability`, `${task}_truncated`])]
  const rows = texts.map((text, index) => [
    text,
    ...tasks.flatMap((_, n) => {
      const result = results[index * tasks.length + n]
      if (result === undefined) return ['', '', '']
      return [result.labels?.join(', ') ?? result.label ?? '', String(result.probability), String(result.truncated)]
    }),
  ])
  return [head, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

/** A cell that begins like a formula would be run by a spreadsheet: it gets an apostrophe before it. */
function cell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) && Number.isNaN(Number(value)) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
