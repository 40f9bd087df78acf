import { excerpt } from '../../../shared/error.ts'
import { confusedPairs } from '../confused-pairs.ts'
import { labelCounts } from '../confusion-matrix.ts'
import type { Metrics } from '../metrics.ts'
import { type Comparison, comparedText, comparisonText } from './comparison.ts'

/** What is known of a package that was learned just now. C labels. */
interface LearnedWell {
  /** [C] */
  readonly labels: readonly string[]
  /** How many examples each label was learned from, [C]. */
  readonly learnedFrom: readonly number[]
  /** On dev. */
  readonly metrics: Metrics
  readonly baselines: { readonly zeroShot: { readonly accuracy: number }; readonly probe?: { readonly accuracy: number } }
  readonly overProbe: Comparison | null
  /** How it was made, and when it was best. */
  readonly method: string
  readonly steps: number
  readonly bestStep: number
}

/** Pairs of labels that are told of. */
const toldPairs = 3
/** Below so many examples a label is learned better from more. */
const fewExamples = 50
/** A label is weak where fewer of its examples than this share are found. */
const weakRecall = 0.8

/**
 * What a colleague would say of a package, in three lines: how good it is against what else there is, what is taken for what, and what to try
 * next.
 */
export function verdict(learned: LearnedWell): [string, string, string] {
  const { labels, metrics, baselines, overProbe } = learned
  const rows = labelCounts(metrics.confusion).reduce((sum, count) => sum + count, 0)
  const others = { zeroShot: baselines.zeroShot.accuracy, ...(baselines.probe && { probe: baselines.probe.accuracy }) }
  const compared = `On dev: ${comparedText(metrics, others, rows)}.${overProbe === null ? '' : ` ${comparisonText(overProbe)}`}`
  return [compared, confusionText(labels, metrics), advice(learned)]
}

function confusionText(labels: readonly string[], { confusion }: Metrics): string {
  const pairs = confusedPairs(confusion)
  if (pairs.length === 0) return 'No label is taken for another on dev.'
  const counts = labelCounts(confusion)
  const told = pairs
    .slice(0, toldPairs)
    .map(({ label, answer, examples }) => `${named(labels, label)} for ${named(labels, answer)} (${examples} of ${counts[label]})`)
  const more = pairs.length - told.length
  return `Taken for another on dev: ${told.join(', ')}${more > 0 ? `, and ${more} other pairs` : ''}.`
}

function advice({ labels, learnedFrom, metrics, overProbe, method, steps, bestStep }: LearnedWell): string {
  const { accuracy, majority, confusion } = metrics
  if (accuracy <= majority + 1e-9)
    return 'It does no better than the most frequent label: look at the examples with softprompt check, or try another --learning-rate.'
  if (method !== 'probe' && steps > 0 && bestStep === steps)
    return `Dev was still improving at the last step: try more steps, such as --steps ${2 * steps}.`
  const weak = weakest(confusion)
  if (weak !== null && (learnedFrom[weak.label] ?? 0) < fewExamples)
    return `More examples of ${named(labels, weak.label)} would help most: it was learned from ${learnedFrom[weak.label]}, and ${weak.found} of its ${weak.of} on dev are found.`
  const [worst] = confusedPairs(confusion)
  const wrong = labelCounts(confusion).reduce((sum, count, c) => sum + count - (confusion[c]?.[c] ?? 0), 0)
  if (worst !== undefined && worst.examples >= 3 && worst.examples >= wrong / 3)
    return `Much of what is wrong is ${named(labels, worst.label)} taken for ${named(labels, worst.answer)}: see whether their examples are labelled alike, or name them by other words with --verbalizers.`
  if (overProbe !== null && overProbe.low <= 0)
    return 'The probe does about as well, and is made in seconds: --method probe may be all that this task needs.'
  if (overProbe === null && method === 'probe')
    return 'The linear probe is all that is packaged: for this task the prompt added nothing on dev.'
  return 'Nothing stands out to be mended: measure it on test, and publish it.'
}

/** The label of which the smallest share is found, where that is weak; labels with fewer than three examples on dev tell nothing. */
function weakest(confusion: Metrics['confusion']): { label: number; found: number; of: number } | null {
  const found = labelCounts(confusion).flatMap((of, label) => (of < 3 ? [] : [{ label, of, found: confusion[label]?.[label] ?? 0 }]))
  const [weak] = found.sort((a, b) => a.found / a.of - b.found / b.of)
  return weak !== undefined && weak.found / weak.of < weakRecall ? weak : null
}

function named(labels: readonly string[], c: number): string {
  return JSON.stringify(excerpt(labels[c] ?? '', 40))
}
