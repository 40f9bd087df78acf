import { excerpt } from '../../../shared/error.ts'
import type { Abstaining } from '../choose-thresholds.ts'
import type { Comparison } from '../compared-figures.ts'
import { confusedPairs } from '../confused-pairs.ts'
import { type ConfusionMatrix, labelCounts, onlyAnswer } from '../confusion-matrix.ts'
import { labelFigures } from '../label-figures.ts'
import * as table from '../metrics/table.ts'
import type { Metrics, MetricValues } from '../metrics.ts'
import type { Tally } from '../tallies.ts'
import { abstainingText } from './abstaining.ts'
import { comparedText, comparisonText, zeroShotText } from './comparison.ts'

/** What is known of a package that was learned just now. C labels. */
interface LearnedWell {
  /** [C] */
  readonly labels: readonly string[]
  /** How many examples each label was learned from, [C]. */
  readonly learnedFrom: readonly number[]
  /** On dev. */
  readonly metrics: Metrics
  readonly baselines: { readonly zeroShot: MetricValues; readonly probe?: MetricValues }
  readonly overProbe: Comparison | null
  readonly overZeroShot: Comparison
  /** What comes of its thresholds; null where every text is answered. */
  readonly abstaining: Abstaining | null
  /** How it was made. */
  readonly method: string
  readonly steps: number
  /** Whether the prompt was best at the last step of all that it was given. */
  readonly stillImproving: boolean
}

/** Pairs of labels that are told of. */
const toldPairs = 3
/** Below so many examples a label is learned better from more. */
const fewExamples = 50
/** A label is weak where its F1 is below that: it is found too seldom, or given too often. */
const weakF1 = 0.8

/**
 * What a colleague would say of a package, in three lines: how good it is against what else there is, what is taken for what, and what to try
 * next.
 */
export function verdict(learned: LearnedWell): [string, string, string] {
  const { metrics, baselines, overProbe, overZeroShot, abstaining } = learned
  const probe = probeBeside(learned)
  const others = { zeroShot: baselines.zeroShot.accuracy, ...(probe && { probe: probe.accuracy }) }
  const said = [
    `On dev: ${comparedText(metrics, others, metrics.rows)}.`,
    ...otherFigureText(learned),
    ...(overProbe === null ? [] : [comparisonText(overProbe)]),
    ...zeroShotText(overZeroShot),
    ...(abstaining === null ? [] : [abstainingText(abstaining, 'dev')]),
  ]
  return [
    said.join(' '),
    metrics.confusion === null ? missedText(learned) : confusionText(learned.labels, metrics.confusion),
    advice(learned),
  ]
}

/** The figures of the probe, unless it is all that was learned: those of the package are its own then. */
function probeBeside({ baselines, overProbe }: LearnedWell): MetricValues | undefined {
  return overProbe === null ? undefined : baselines.probe
}

/** The figure that it is held against others by, where accuracy is not all. */
function otherFigureText(learned: LearnedWell): string[] {
  const { metrics, baselines: { zeroShot }, overZeroShot: { metric } } = learned // biome-ignore format: one thought
  const probe = probeBeside(learned)
  const several = metrics.confusion === null
  const figure = metric === 'accuracy' && several ? 'microF1' : metric
  if (figure === 'accuracy') return []
  const others = [...(probe === undefined ? [] : [`linear probe ${probe[figure].toFixed(3)}`]), `zero-shot ${zeroShot[figure].toFixed(3)}`]
  const { label } = table[figure]
  const head = several ? `That counts texts whose labels are all just right; ${label}` : `It was chosen by ${label}:`
  return [`${head} ${metrics[figure].toFixed(3)}, ${others.join(', ')}.`]
}

function confusionText(labels: readonly string[], confusion: ConfusionMatrix): string {
  const pairs = confusedPairs(confusion)
  if (pairs.length === 0) return 'No label is taken for another on dev.'
  const counts = labelCounts(confusion)
  const told = pairs
    .slice(0, toldPairs)
    .map(({ label, answer, examples }) => `${named(labels, label)} for ${named(labels, answer)} (${examples} of ${counts[label]})`)
  const more = pairs.length - told.length
  return `Taken for another on dev: ${told.join(', ')}${more > 0 ? `, and ${more} other ${more === 1 ? 'pair' : 'pairs'}` : ''}.`
}

/** Where a text may have several labels: those that are missed most often, and those that are given most often without being there. */
function missedText({ labels, metrics: { tallies } }: LearnedWell): string {
  const most = (count: (tally: Tally) => number, of: (tally: Tally) => number) =>
    tallies
      .map((tally, c) => ({ c, count: count(tally), of: of(tally) }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count)
      .slice(0, toldPairs)
      .map(({ c, count, of }) => `${named(labels, c)} (${count} of ${of})`)
  const missed = most(({ labelled, hits }) => labelled - hits, ({ labelled }) => labelled) // biome-ignore format: one thought
  const wrong = most(({ answered, hits }) => answered - hits, ({ answered }) => answered) // biome-ignore format: one thought
  const parts = [
    ...(missed.length === 0 ? [] : [`missed most often ${missed.join(', ')}`]),
    ...(wrong.length === 0 ? [] : [`given without being there ${wrong.join(', ')}`]),
  ]
  return parts.length === 0 ? 'Every label is found on dev, and none is given that is not there.' : `On dev: ${parts.join('; ')}.`
}

function advice({ labels, learnedFrom, metrics, overProbe, overZeroShot, method, steps, stillImproving }: LearnedWell): string {
  const { accuracy, majority, confusion, tallies } = metrics
  const idle = overZeroShot.metric === 'accuracy' ? accuracy <= majority + 1e-9 : confusion !== null && onlyAnswer(confusion) !== null
  if (confusion !== null && idle)
    return 'It does no better than the most frequent label: look at the examples with softprompt check, or try another --learning-rate.'
  if (overZeroShot.high < 0)
    return 'The model does better without it, so do not publish it yet: look whether its examples are labelled as the words of the labels say, and try more examples, more --steps, or another --learning-rate.'
  if (stillImproving)
    return `${method === 'probe' ? 'The linear probe is what is packaged, but the prompt' : 'Dev'} was still improving at the last step: try more steps, such as --steps ${2 * steps}.`
  const weak = weakest(tallies)
  if (weak !== null && (learnedFrom[weak.label] ?? 0) < fewExamples)
    return `More examples of ${named(labels, weak.label)} would help most: it was learned from ${learnedFrom[weak.label]}. ${foundText(weak)}`
  const [worst] = confusion === null ? [] : confusedPairs(confusion)
  const wrong = tallies.reduce((sum, { labelled, hits }) => sum + labelled - hits, 0)
  if (worst !== undefined && worst.examples >= 3 && worst.examples >= wrong / 3)
    return `Much of what is wrong is ${named(labels, worst.label)} taken for ${named(labels, worst.answer)}: see whether their examples are labelled alike, or name them by other words with --verbalizers.`
  if (overProbe !== null && method === 'probe')
    return 'The linear probe is what is packaged: for this task the prompt added nothing on dev. --method probe makes it in seconds.'
  if (overProbe !== null && overProbe.low <= 0)
    return 'The probe does about as well, and is made in seconds: --method probe may be all that this task needs.'
  if (weak !== null)
    return `The weakest label is ${named(labels, weak.label)}: see whether its examples are labelled alike, or name it by another word with --verbalizers. ${foundText(weak)}`
  return 'Nothing stands out to be mended: measure it on test, and publish it.'
}

/** A label with how often it is there, is given, and is given rightly. */
type TalliedLabel = Tally & { readonly label: number }

/** The label with the lowest F1, where that is weak; labels with fewer than three examples on dev tell nothing. */
function weakest(tallies: readonly Tally[]): TalliedLabel | null {
  const f1 = labelFigures(tallies).map((figures) => figures.f1 ?? 1)
  const told = tallies.flatMap((tally, label) => (tally.labelled < 3 ? [] : [{ ...tally, label }]))
  const [weak] = told.sort((a, b) => (f1[a.label] as number) - (f1[b.label] as number))
  return weak !== undefined && (f1[weak.label] as number) < weakF1 ? weak : null
}

function foundText({ labelled, answered, hits }: TalliedLabel): string {
  const given = `it is given ${answered} ${answered === 1 ? 'time' : 'times'}, ${hits} rightly`
  return `On dev ${hits} of its ${labelled} examples are found, and ${answered === 0 ? 'it is never given' : given}.`
}

function named(labels: readonly string[], c: number): string {
  return JSON.stringify(excerpt(labels[c] ?? '', 40))
}
