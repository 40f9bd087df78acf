import type { Placement } from '../../shared/engine/families/family.ts'
import { type AnswerRule, readAnswer } from '../../shared/engine/heads/read-answer.ts'
import type { StoredPrompt } from '../../shared/formats/peft.ts'
import type { PromptCard } from '../../shared/formats/prompt-card.ts'
import type { LabelHead } from '../../shared/formats/prompt-package.ts'
import { bestTemperature, isAtBound } from '../evaluate/calibrate.ts'
import { type Abstaining, abstainingOf } from '../evaluate/choose-thresholds.ts'
import { type Metrics, metricsOfPredictions } from '../evaluate/metrics.ts'
import { type Predictions, predictionsOf } from '../evaluate/predictions.ts'
import type { RightAnswer } from '../evaluate/right-answers.ts'
import type { Objective } from './objectives/objective.ts'
import type { PlainSettings } from './plain-settings.ts'

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

/** How scores are answered. */
interface ChosenAnswer {
  readonly answer: PromptCard['answer']
  readonly rule: AnswerRule
}

/** How scores are answered as was chosen on dev, and what that comes to there. */
export interface Calibrated extends ChosenAnswer {
  readonly metrics: Metrics
  /** Of dev. */
  readonly predictions: Predictions
  /** What comes of dev where answers may be withheld; null where each text gets one, or several. */
  readonly abstaining: Abstaining | null
}

/** A candidate, calibrated on dev. */
export type MeasuredCandidate = Candidate & Calibrated

/** What decides the thresholds. */
type ThresholdSettings = Pick<PlainSettings, 'precision' | 'thresholds'>

/** A candidate, calibrated on dev, where `right` [N] is right. */
export function measureCandidate(
  candidate: Candidate,
  objective: Objective,
  right: readonly RightAnswer[],
  settings: ThresholdSettings,
): MeasuredCandidate {
  return { ...candidate, ...calibrated(candidate.scores, right, candidate.bias.length, objective, settings) }
}

/** The temperature under which scores [N, C] are least surprising and the thresholds wanted there, and the metrics at those. */
export function calibrated(
  scores: readonly Float64Array[],
  right: readonly RightAnswer[],
  classes: number,
  objective: Objective,
  settings: ThresholdSettings,
): Calibrated {
  const found = bestTemperature(scores, right, (at) => ruleOf(objective.answer(classes, at), classes))
  const temperature = isAtBound(found) ? 1 : found // dev, where all is right or wrong, does not tell how sure the answers are
  const { answer, rule } = answerAt(temperature, scores, right, classes, objective, settings)
  const predictions = predictionsOf(scores, right, classes, rule)
  return {
    ...{ answer, rule, predictions },
    metrics: metricsOfPredictions(predictions),
    abstaining: predictions.several || predictions.withheld === null ? null : abstainingOf(predictions),
  }
}

/** How scores [N, C] are answered at a temperature: with the thresholds that the objective chooses there. */
export function answerAt(
  temperature: number,
  scores: readonly ArrayLike<number>[],
  right: readonly RightAnswer[],
  classes: number,
  objective: Objective,
  settings: ThresholdSettings,
): ChosenAnswer {
  const plain = ruleOf(objective.answer(classes, temperature), classes)
  const thresholds = objective.thresholds(() => predictionsOf(scores, right, classes, plain), settings)
  if (thresholds === undefined) return { answer: objective.answer(classes, temperature), rule: plain }
  const answer = objective.answer(classes, temperature, thresholds)
  return { answer, rule: ruleOf(answer, classes) }
}

function ruleOf(answer: PromptCard['answer'], classes: number): AnswerRule {
  return readAnswer(answer, classes, 'what is learned')
}
