import { roundUp } from '../../shared/engine/families/padding.ts'
import type { Choice } from './batcher.ts'

/** What of a row makes a batch large. */
export interface RowSize {
  readonly inputIds: ArrayLike<number>
  /** P of its prompt. */
  readonly promptLength: number
}

/**
 * Batches of at most `maxRows` rows and, padding and prompts included, at most `maxTokens` positions. Alike are rows of one length when
 * rounded up: a run takes about as long as its positions are many, padding too, and next to nothing besides.
 */
export function rowChoice({ maxRows, maxTokens }: { maxRows: number; maxTokens: number }): Choice<RowSize> {
  const inTurn = (rows: readonly RowSize[]) => {
    let [text, prompt] = [0, 0]
    for (const [index, row] of rows.slice(0, maxRows).entries()) {
      text = Math.max(text, lengthOf(row))
      prompt = Math.max(prompt, roundUp(row.promptLength))
      if (index > 0 && (index + 1) * (text + prompt) > maxTokens) return index
    }
    return Math.min(rows.length, maxRows)
  }
  return {
    inTurn,
    alike(rows) {
      const [first] = rows
      const alike = [...rows.keys()].filter((index) => lengthOf(rows[index] as RowSize) === lengthOf(first as RowSize))
      return alike.slice(0, inTurn(alike.map((index) => rows[index] as RowSize)))
    },
  }
}

function lengthOf({ inputIds }: RowSize): number {
  return roundUp(inputIds.length)
}
