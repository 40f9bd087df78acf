import { createHash } from 'node:crypto'
import type { Dataset } from './dataset.ts'

/** What names the very examples of a data set, in their order. Row by row: together they may be longer than a string can be. */
export function examplesHash({ examples }: Pick<Dataset, 'examples'>): string {
  const hash = createHash('sha256')
  for (const { text, label, labels, probabilities } of examples) {
    const more = labels === undefined && probabilities === undefined ? [] : [labels ?? null, probabilities ?? null]
    hash.update(`${JSON.stringify([text, label, ...more])}\n`)
  }
  return hash.digest('hex')
}
