import { excerpt } from '../../shared/error.ts'
import type { DataReport, SplitSummary } from '../data/check-data.ts'
import { counted } from './counted.ts'

/** What a look at the examples gave, for people: a line a split, and one for all that was found. */
export function dataLines({ splits, findings }: DataReport): string[] {
  return [
    ...Object.entries(splits).map(([split, summary]) => splitLine(split, summary)),
    ...findings.map(
      ({ level, message }) => `${level === 'problem' ? 'Problem' : 'Warning'}: ${message}${/[.?]$/.test(message) ? '' : '.'}`,
    ),
  ]
}

function splitLine(split: string, { file, examples, labels, characters, tokens }: SplitSummary): string {
  const named = [labels[0], ...(labels.length > 1 ? [labels.at(-1)] : [])].flatMap((label) => label ?? [])
  const range = named.map(({ label, count }) => `"${excerpt(label, 40)}" ${count}`).join(labels.length > 2 ? ' to ' : ', ')
  const inTokens = tokens === null ? '' : `, rows of ${tokens.median} tokens, at most ${tokens.longest}`
  return `${split}: ${counted(examples, 'example')} of ${counted(labels.length, 'label')} (${range}) in ${file}; texts of ${characters.median} characters in the median, at most ${characters.longest}${inTokens}.`
}
