import { roundUp } from '../../shared/engine/families/padding.ts'

/** What of a row makes a batch large. */
export interface RowSize {
  readonly inputIds: ArrayLike<number>
  /** P of its prompt. */
  readonly promptLength: number
}

/** How many of the first rows run together: at most `maxRows`, and of padded positions, prompts included, at most `maxTokens`. */
export function batchSize(rows: readonly RowSize[], { maxRows, maxTokens }: { maxRows: number; maxTokens: number }): number {
  let text = 0
  let prompt = 0
  for (let count = 0; count < Math.min(rows.length, maxRows); count++) {
    const row = rows[count] as RowSize
    text = Math.max(text, roundUp(row.inputIds.length))
    prompt = Math.max(prompt, roundUp(row.promptLength))
    if (count > 0 && (count + 1) * (text + prompt) > maxTokens) return count
  }
  return Math.min(rows.length, maxRows)
}
