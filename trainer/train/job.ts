import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import { peftFiles, type StoredPrompt } from '../../shared/formats/peft.ts'
import { sealPromptPackage } from '../../shared/formats/prompt-package.ts'
import { type Criteria, isBetter } from '../evaluate/better.ts'
import { compareFigures } from '../evaluate/compared-figures.ts'
import { metricsOfPredictions, valuesOf } from '../evaluate/metrics.ts'
import { predictionsOf } from '../evaluate/predictions.ts'
import { type Baseline, measureBaselines } from './baselines.ts'
import { answerAt, type Candidate, type MeasuredCandidate, measureCandidate } from './candidate.ts'
import type { TrainingEvent } from './events.ts'
import { learnPrompt } from './learn-prompt.ts'
import { learnedCard } from './learned-card.ts'
import { describeLearned, type LearnedPackage } from './learned-package.ts'
import * as methods from './methods/table.ts'
import { neverAnswered } from './never-answered.ts'
import { type JobData, prepareJob, wantsProbe } from './prepare-job.ts'
import type { TrainingState } from './state.ts'
import type { TextFeatures } from './text-features.ts'

/** What is to be learned from what. */
export interface Job extends JobData {
  readonly task: string
  /** The state to go on from, of the run that is known by `identity`; null to begin anew. */
  readonly resume: (identity: string) => TrainingState | null
  readonly signal: AbortSignal
  /** Where other tasks look for what the model makes of the same texts. */
  readonly features?: TextFeatures
}

/** From examples to the files of a prompt package: checks, trains, calibrates on dev. Nothing is read or written but through `job`. */
export async function* learn(job: Job): AsyncGenerator<TrainingEvent, LearnedPackage> {
  const { model, task, signal, resume, features } = job
  const { card: base } = model.opened
  const prepared = yield* prepareJob(job)
  const { settings, objective, labels, names, train, dev, devExamples, probed, answers, labelWeights, criteria } = prepared
  const C = names.length
  const answered = (scores: readonly Float64Array[]) =>
    predictionsOf(scores, answers, C, answerAt(1, scores, answers, C, objective, settings).rule)
  const measure = (scores: readonly Float64Array[]) => metricsOfPredictions(answered(scores))
  const measured = (candidate: Candidate) => measureCandidate(candidate, objective, answers, settings)

  const fitting = { wants: wantsProbe(settings), objective, weighting: { labelWeights }, choice: { measure, criteria } }
  const baselines = await measureBaselines(model, labels, probed, devExamples, fitting, { signal, features })
  const wordsAnswered = answered(baselines.zeroShot.scores)
  const zeroShot = metricsOfPredictions(wordsAnswered)
  yield { type: 'baseline', name: 'zero-shot', metrics: zeroShot }
  const probe = baselines.probe && measured(probeCandidate(model.frozen, baselines.probe))
  if (probe !== null) yield { type: 'baseline', name: 'linear probe', metrics: probe.metrics }

  const learned = methods[settings.method].empty ? null : yield* learnPrompt({ model, resume, signal, probe: baselines.probe }, prepared)
  const prompt = learned && measured(learned)
  const chosen = betterOf(prompt, probe, criteria)
  const [criterion] = criteria
  const never = neverAnswered(chosen, names, settings.precision)
  if (never !== null) yield { type: 'warning', message: never }

  const others = { zeroShot: valuesOf(zeroShot), ...(probe === null ? {} : { probe: valuesOf(probe.metrics) }) }
  const steps = learned?.steps ?? 0
  const card = learnedCard({ task, settings, model: base, labels, train, dev, chosen, probe, steps, baselines: others })
  const peft = peftFiles(chosen.stored, base, model.frozen.family.peftTaskType)
  const files = await sealPromptPackage(card, peft, chosen, base, `prompt ${task}`, baselines.probe)
  const { method, bestStep, metrics, abstaining, rule } = chosen
  return {
    ...{
      files,
      method,
      bestStep,
      steps,
      stillImproving: learned !== null && learned.bestStep === settings.steps,
      metrics,
      abstaining,
      temperature: rule.temperature,
      baselines: others,
    },
    overZeroShot: compareFigures(chosen.predictions, wordsAnswered, criterion),
    overProbe: prompt && probe && compareFigures(prompt.predictions, probe.predictions, criterion),
    ...describeLearned(chosen, prepared),
  }
}

/** The candidate that does better on dev; what was learned step by step where they do as well. */
function betterOf(prompt: MeasuredCandidate | null, probe: MeasuredCandidate | null, criteria: Criteria): MeasuredCandidate {
  const [first, second] = [prompt, probe].filter((candidate) => candidate !== null)
  if (first === undefined) throw new Error('there is nothing to package')
  return second !== undefined && isBetter(second.metrics, first.metrics, criteria) ? second : first
}

/** The linear probe as what may be packaged: a prompt of no positions. */
function probeCandidate({ card }: FrozenModel, { labelRows, bias, scores }: Baseline): Candidate {
  const stored: StoredPrompt = { kind: 'prefix', prefix: { length: 0, keyValues: new Float32Array() } }
  const placement = { positionOffset: 0, readout: card.readout }
  return { method: 'probe' satisfies keyof typeof methods, stored, placement, labelRows, bias, scores, bestStep: 0 }
}
