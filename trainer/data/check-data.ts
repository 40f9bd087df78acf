import { namesOf } from '../../shared/names-of.ts'
import type { CheckedData, Finding, Splits } from './checks/check.ts'
import type { ModelReading } from './checks/model-reading.ts'
import { sampleRows } from './checks/sample-rows.ts'
import * as checks from './checks/table.ts'
import { indexTexts } from './checks/text-index.ts'
import type { Dataset } from './dataset.ts'
import { labelsOfExample } from './example.ts'
import type { SplitName } from './split-names.ts'

interface Lengths {
  readonly median: number
  readonly longest: number
}

/** What there is in one split. */
export interface SplitSummary {
  readonly file: string
  readonly examples: number
  /** How many examples each label has, the most frequent first. */
  readonly labels: readonly { readonly label: string; readonly count: number }[]
  readonly characters: Lengths
  /** Of the rows, template and special tokens among them; of some rows alone where there are many. Null without a tokenizer. */
  readonly tokens: Lengths | null
}

/** What is to be known of examples before anything is learned from them. */
export interface DataReport {
  readonly splits: Partial<Readonly<Record<SplitName, SplitSummary>>>
  /** What each check found, problems first. */
  readonly findings: readonly (Finding & { readonly check: keyof typeof checks })[]
}

/** Looks through the examples of all splits. Without `model` nothing is said of tokens. */
export function checkData(given: Splits, model: ModelReading | null = null): DataReport {
  const splits = (['train', 'dev', 'test'] as const).flatMap((split) =>
    given[split] === undefined ? [] : [[split, given[split]] as const],
  )
  const labels = Object.fromEntries(splits.map(([split, set]) => [split, countLabels(set)]))
  const rows = model && Object.fromEntries(splits.map(([split, set]) => [split, sampleRows(set.examples, model)]))
  const data: CheckedData = { splits, labels, texts: indexTexts(splits), rows, model }
  const findings = namesOf(checks).flatMap((check) => checks[check](data).map((finding) => ({ check, ...finding })))
  const rank = ({ level }: Finding) => (level === 'problem' ? 0 : 1)
  const summaries = splits.map(([split, { file, examples }]) => {
    const counts = [...(labels[split] ?? [])].sort(([, a], [, b]) => b - a)
    const tokens = rows?.[split]?.map(({ tokens }) => tokens)
    const summary: SplitSummary = {
      file,
      examples: examples.length,
      labels: counts.map(([label, count]) => ({ label, count })),
      characters: lengthsOf(examples.map(({ text }) => text.length)),
      tokens: tokens === undefined ? null : lengthsOf(tokens),
    }
    return [split, summary]
  })
  return { splits: Object.fromEntries(summaries), findings: findings.sort((a, b) => rank(a) - rank(b)) }
}

function countLabels({ examples }: Dataset): Map<string, number> {
  const counts = new Map<string, number>()
  for (const example of examples) {
    const probable = Object.entries(example.probabilities ?? {}).flatMap(([label, share]) => (share > 0 ? [label] : []))
    for (const label of new Set([...labelsOfExample(example), ...probable])) counts.set(label, (counts.get(label) ?? 0) + 1)
  }
  return counts
}

function lengthsOf(lengths: readonly number[]): Lengths {
  const sorted = Int32Array.from(lengths).sort()
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, longest: sorted.at(-1) ?? 0 }
}
