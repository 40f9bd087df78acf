import { excerpt } from '../../shared/error.ts'
import { counted } from '../counted.ts'
import type { DataReport, SplitSummary } from '../data/check-data.ts'
import type { Told } from './told.ts'

/** What a look at the examples gave, for people: a line a split, and one for all that was found. */
export function dataLines({ splits, findings }: DataReport): string[] {
  return [
    ...Object.entries(splits).map(([split, summary]) => splitLine(split, summary)),
    ...findings.map((finding) => `${finding.level === 'problem' ? 'Problem' : 'Warning'}: ${sentence(finding)}`),
  ]
}

/** Tells the same while a command works, of `task` where there are several: what is there as notes, and what was found even where these are left out. */
export function tellData({ splits, findings }: DataReport, { log, warn, fail }: Pick<Told, 'log' | 'warn' | 'fail'>, task?: string): void {
  const of = task === undefined ? '' : `${task}: `
  for (const [split, summary] of Object.entries(splits)) log(`${of}${splitLine(split, summary)}`)
  for (const finding of findings) {
    const said = `${of}${sentence(finding)}`
    if (finding.level === 'warning') warn(said)
    else fail([{ style: 'bad', text: 'Problem:' }, ` ${said}`])
  }
}

function sentence({ message }: DataReport['findings'][number]): string {
  return `${message}${/[.?]$/.test(message) ? '' : '.'}`
}

function splitLine(split: string, { file, examples, labels, characters, tokens }: SplitSummary): string {
  const named = [labels[0], ...(labels.length > 1 ? [labels.at(-1)] : [])].flatMap((label) => label ?? [])
  const range = named.map(({ label, count }) => `"${excerpt(label, 40)}" ${count}`).join(labels.length > 2 ? ' to ' : ', ')
  const inTokens = tokens === null ? '' : `, rows of ${tokens.median} tokens, at most ${tokens.longest}`
  return `${split}: ${counted(examples, 'example')} of ${counted(labels.length, 'label')} (${range}) in ${file}; texts of ${characters.median} characters in the median, at most ${characters.longest}${inTokens}.`
}
