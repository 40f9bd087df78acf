import type { EncodedText } from '../../../shared/text/template.ts'

/** How the model reads texts and labels, where its tokenizer is at hand. */
export interface ModelReading {
  /** A text's row, as training would have it. */
  readonly encode: (text: string) => EncodedText
  /** The most tokens of a row. */
  readonly maxTokens: number
  /** What is to be told of the words that stand for labels, a line each. */
  readonly aboutWords: (labels: readonly string[]) => string[]
}
