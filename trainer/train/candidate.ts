import type { Placement } from '../../shared/engine/families/family.ts'
import { readAnswer } from '../../shared/engine/heads/read-answer.ts'
import type { StoredPrompt } from '../../shared/formats/peft.ts'
import type { PromptCard } from '../../shared/formats/prompt-card.ts'
import type { LabelHead } from '../../shared/formats/prompt-package.ts'
import { bestTemperature } from '../evaluate/calibrate.ts'
import { type Metrics, metricsOf } from '../evaluate/metrics.ts'
import { answeredRight } from '../evaluate/right.ts'
import type { Objective } from './objectives/objective.ts'

/** What may become the package: a prompt with its head, and its scores for every row of dev. */
export interface Candidate extends LabelHead {
  /** How it was made: an entry of methods/table.ts. */
  readonly method: string
  readonly stored: StoredPrompt
  readonly placement: Placement
  readonly scores: readonly Float64Array[]
  /** When it was best; 0 where it was not learned step by step. */
  readonly bestStep: number
}

/** A candidate, calibrated on dev. */
export interface MeasuredCandidate extends Candidate {
  readonly temperature: number
  readonly answer: PromptCard['answer']
  readonly metrics: Metrics
  /** Whether each row of dev is answered right. */
  readonly right: readonly boolean[]
}

/** A candidate with the temperature under which dev is least surprising, and its metrics at that. `labels` [N] are dev's. */
export function measureCandidate(candidate: Candidate, objective: Objective, labels: readonly number[]): MeasuredCandidate {
  const { scores, bias } = candidate
  const at = (temperature: number) => readAnswer(objective.answer(temperature), 'what is learned').probabilities
  const temperature = bestTemperature(scores, labels, at)
  return {
    ...candidate,
    temperature,
    answer: objective.answer(temperature),
    metrics: metricsOf(scores, labels, bias.length, at(temperature)),
    right: answeredRight(scores, labels),
  }
}
