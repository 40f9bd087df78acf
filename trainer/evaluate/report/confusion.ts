import { excerpt } from '../../../shared/error.ts'
import type { ConfusionMatrix } from '../confusion-matrix.ts'

/** The confusion matrix as text: a row a label, a column an answer, both in the same order. */
export function confusionTable(confusion: ConfusionMatrix, labels: readonly string[]): string {
  const names = labels.map((label) => excerpt(label, 14))
  const cells = [
    ['label ↓ answer →', ...names],
    ...confusion.map((row, c) => [names[c] ?? '', ...row.map((count) => (count === 0 ? '·' : String(count)))]),
  ]
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? []
  return cells
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '))
    .join('\n')
}
