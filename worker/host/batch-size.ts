import { lengthStep, type Row } from '../../shared/model-inputs.ts'

/** How many of the oldest rows run together: at most `maxRows`, and of padded positions, prefixes included, at most `maxTokens`. */
export function batchSize(rows: readonly Row[], { maxRows, maxTokens }: { maxRows: number; maxTokens: number }): number {
  let text = 0
  let prefix = 0
  for (let count = 0; count < Math.min(rows.length, maxRows); count++) {
    const row = rows[count] as Row
    text = Math.max(text, padded(row.inputIds.length))
    prefix = Math.max(prefix, padded(row.prefix?.length ?? 0))
    if (count > 0 && (count + 1) * (text + prefix) > maxTokens) return count
  }
  return Math.min(rows.length, maxRows)
}

function padded(length: number): number {
  return Math.ceil(length / lengthStep) * lengthStep
}
