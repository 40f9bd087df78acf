import { roundUp } from '../../shared/engine/families/decoder.ts'

/** What of a row makes a batch large. */
export interface RowSize {
  readonly inputIds: ArrayLike<number>
  readonly prefix: { readonly length: number } | null
}

/** How many of the first rows run together: at most `maxRows`, and of padded positions, prefixes included, at most `maxTokens`. */
export function batchSize(rows: readonly RowSize[], { maxRows, maxTokens }: { maxRows: number; maxTokens: number }): number {
  let text = 0
  let prefix = 0
  for (let count = 0; count < Math.min(rows.length, maxRows); count++) {
    const row = rows[count] as RowSize
    text = Math.max(text, roundUp(row.inputIds.length))
    prefix = Math.max(prefix, roundUp(row.prefix?.length ?? 0))
    if (count > 0 && (count + 1) * (text + prefix) > maxTokens) return count
  }
  return Math.min(rows.length, maxRows)
}
