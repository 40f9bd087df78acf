import type { Thresholds } from '../../shared/engine/heads/head.ts'
import { type OneLabel, type Predictions, rightlyAnswered } from './predictions.ts'

/** An answer that may be given or not: how probable it is, and whether it is right. */
interface PossibleAnswer {
  readonly probability: number
  readonly right: boolean
}

/** Whether thresholds are the same for all labels of a task, or each label's own. */
export type ThresholdScope = 'task' | 'label'

/**
 * The lowest thresholds, [C], from which the answers of `predictions` are right as often as `precision`; null where none gives that. For texts
 * of one label the most probable is what may be given; with scope "label" each label's threshold gives the answers of that label the precision.
 */
export function thresholdsForPrecision(predictions: Predictions, precision: number, scope: ThresholdScope): Thresholds {
  const byLabel = possibleAnswers(predictions)
  if (scope === 'label') return byLabel.map((answers) => lowestReaching(answers, precision))
  const threshold = lowestReaching(byLabel.flat(), precision)
  return byLabel.map(() => threshold)
}

/** The thresholds, [C], under which the F1 of each label is highest; 0.5 for a label that no row has. Where several are as good, the highest coverage. */
export function thresholdsForF1(predictions: Predictions): Thresholds {
  return possibleAnswers(predictions).map((answers) => {
    const labelled = answers.filter(({ right }) => right).length
    if (labelled === 0) return usualThreshold
    let best = { threshold: usualThreshold, f1: 0 }
    for (const { threshold, given, hits } of cuts(answers)) {
      const f1 = (2 * hits) / (given + labelled)
      if (f1 >= best.f1) best = { threshold, f1 }
    }
    return best.threshold
  })
}

/** Where nothing is known. */
export const usualThreshold = 0.5

/** What thresholds of at most one label a text come to. */
export interface Abstaining {
  /** The share of the rows that get an answer. */
  readonly coverage: number
  /** The share of those that are right; null where none is given. */
  readonly accuracy: number | null
}

/** How many rows get an answer, and how often it is right. */
export function abstainingOf(predictions: OneLabel): Abstaining {
  const { answers, withheld } = predictions
  const given = answers.filter((_, n) => !withheld?.[n]).length
  const right = rightlyAnswered(predictions).filter(Boolean).length
  return { coverage: given / answers.length, accuracy: given === 0 ? null : right / given }
}

/** The answers that may be given of each label, [C]. */
function possibleAnswers(predictions: Predictions): PossibleAnswer[][] {
  const byLabel: PossibleAnswer[][] = Array.from({ length: predictions.classes }, () => [])
  predictions.probabilities.forEach((row, n) => {
    if (predictions.several) {
      const right = new Set(predictions.labels[n])
      byLabel.forEach((answers, c) => void answers.push({ probability: row[c] as number, right: right.has(c) }))
    } else {
      const answer = predictions.answers[n] as number
      byLabel[answer]?.push({ probability: row[answer] as number, right: answer === predictions.labels[n] })
    }
  })
  return byLabel
}

/** The lowest threshold from which a share of the answers is right, given that many; null where there is none. */
function lowestReaching(answers: readonly PossibleAnswer[], precision: number): number | null {
  let lowest: number | null = null
  for (const { threshold, given, hits } of cuts(answers)) if (hits >= precision * given) lowest = threshold
  return lowest
}

/** Every threshold that tells answers apart, halfway to the next lower probability, the highest first: how many it gives, and how many are right. */
function* cuts(answers: readonly PossibleAnswer[]): Generator<{ threshold: number; given: number; hits: number }> {
  const sorted = answers.toSorted((a, b) => b.probability - a.probability)
  let hits = 0
  for (const [i, { probability, right }] of sorted.entries()) {
    if (right) hits++
    const next = sorted[i + 1]?.probability ?? 0
    if (next < probability || i === sorted.length - 1) yield { threshold: (probability + next) / 2, given: i + 1, hits }
  }
}
