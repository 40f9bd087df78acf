import type { Example } from '../example.ts'
import type { ModelReading } from './model-reading.ts'

/** Of so many texts the tokens are counted: a tokenizer takes as long for these as everything else for a million. */
const maxSample = 10_000

/** A text as a row of the model. */
export interface SampledRow {
  readonly tokens: number
  /** Whether it was cut to fit. */
  readonly truncated: boolean
}

/** The rows that `examples` become; of many, some at even distances. */
export function sampleRows(examples: readonly Example[], { encode }: ModelReading): SampledRow[] {
  const taken = Math.min(examples.length, maxSample)
  return Array.from({ length: taken }, (_, i) => {
    const { text } = examples[Math.floor((i * examples.length) / taken)] as Example
    const { inputIds, truncated } = encode(text)
    return { tokens: inputIds.length, truncated }
  })
}
