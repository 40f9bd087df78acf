import type { PromptFiles } from '../../shared/formats/prompt-package.ts'
import type { Dataset } from '../data/dataset.ts'
import type { Abstaining } from '../evaluate/choose-thresholds.ts'
import type { Comparison } from '../evaluate/compared-figures.ts'
import { type EvaluationRecord, evaluationOf } from '../evaluate/evaluation.ts'
import type { Metrics, MetricValues } from '../evaluate/metrics.ts'
import { type Mistake, namedMistakes } from '../evaluate/mistakes.ts'
import { suspicion } from '../evaluate/suspected-labels.ts'
import type { Calibrated, MeasuredCandidate } from './candidate.ts'
import type { PreparedJob } from './prepare-job.ts'

/** A prompt package, and how well it does. */
export interface LearnedPackage {
  readonly files: PromptFiles
  /** How what is packaged was made: by the method asked for, or as the linear probe, where that does better on dev. */
  readonly method: string
  readonly bestStep: number
  /** Steps done. */
  readonly steps: number
  /** Whether the prompt was best at the last step of all that it was given, also where it is the probe that is packaged. */
  readonly stillImproving: boolean
  /** On dev, at `temperature`. */
  readonly metrics: Metrics
  readonly temperature: number
  /** What else answers dev. */
  readonly baselines: { readonly zeroShot: MetricValues; readonly probe?: MetricValues }
  /** By how much what was learned does better on dev than the probe; null where there is one of the two alone. */
  readonly overProbe: Comparison | null
  /** By how much what is packaged does better on dev than the labels' words without a prompt. */
  readonly overZeroShot: Comparison
  /** What comes of dev where answers may be withheld; null where none is. */
  readonly abstaining: Abstaining | null
  /** C names, and how many examples each was learned from. */
  readonly labels: readonly string[]
  readonly learnedFrom: readonly number[]
  /** The examples of dev most likely mislabelled, the surest first. */
  readonly suspects: readonly Mistake[]
  /** Everything that is said of dev. */
  readonly evaluation: EvaluationRecord
}

/** The most examples that are told of as mislabelled. */
export const maxSuspects = 5

/** What is said of a package besides its files: what it was learned from, and how it does on dev. */
export function describeLearned(
  measured: MeasuredCandidate,
  { names, examples, dev }: PreparedJob,
): Pick<LearnedPackage, 'labels' | 'learnedFrom' | 'suspects' | 'evaluation'> {
  const learnedFrom = names.map(() => 0)
  for (const { right } of examples) for (const c of [right].flat()) learnedFrom[c] = (learnedFrom[c] as number) + 1
  return { learnedFrom, ...describeAnswers(measured, names, dev) }
}

/** What is said of the answers to dev. `names` [C] are those of the labels. */
export function describeAnswers(
  { predictions, rule }: Calibrated,
  names: readonly string[],
  dev: Dataset,
): Pick<LearnedPackage, 'labels' | 'suspects' | 'evaluation'> {
  const texts = dev.examples.map(({ text }) => text)
  const suspects = namedMistakes(predictions, names, texts, maxSuspects).filter(({ ofLabel, ofAnswer }) => ofAnswer - ofLabel > suspicion)
  return { labels: names, suspects, evaluation: evaluationOf(predictions, names, rule.thresholds, { texts, drawn: false }) }
}
