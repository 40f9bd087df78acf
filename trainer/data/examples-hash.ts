import { createHash } from 'node:crypto'
import type { Dataset } from './dataset.ts'

/** What names the very examples of a data set, in their order. Row by row: together they may be longer than a string can be. */
export function examplesHash({ examples }: Pick<Dataset, 'examples'>): string {
  const hash = createHash('sha256')
  for (const { text, label } of examples) hash.update(`${JSON.stringify([text, label])}\n`)
  return hash.digest('hex')
}
