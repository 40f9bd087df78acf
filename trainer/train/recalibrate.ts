import { readAnswer } from '../../shared/engine/heads/read-answer.ts'
import type { ModelCard } from '../../shared/formats/model-card.ts'
import { type PromptFiles, parsePromptCard, readPromptPackage, sealPromptPackage } from '../../shared/formats/prompt-package.ts'
import type { Dataset } from '../data/dataset.ts'
import { compareFigures } from '../evaluate/compared-figures.ts'
import { metricsOfPredictions, valuesOf } from '../evaluate/metrics.ts'
import { predictionsOf } from '../evaluate/predictions.ts'
import { rightAnswers } from '../evaluate/right-answers.ts'
import type { ScoresWithoutPrompt } from '../evaluate/without-prompt.ts'
import { answerAt, type Calibrated, calibrated } from './candidate.ts'
import { criterionOf } from './criteria-of.ts'
import { cardFigures, described } from './learned-card.ts'
import { describeAnswers, type LearnedPackage } from './learned-package.ts'
import { classification } from './objectives/classification.ts'
import { multilabel } from './objectives/multilabel.ts'
import type { Objective } from './objectives/objective.ts'
import type { PlainSettings } from './plain-settings.ts'

/** What a package is calibrated by. */
interface Calibration {
  /** Takes the place of its dev. */
  readonly data: Dataset
  /** What the package gives each of the examples, [N, C]. */
  readonly scores: readonly Float64Array[]
  /** What the model gives them without the prompt. */
  readonly alone: ScoresWithoutPrompt
  readonly settings: Pick<PlainSettings, 'precision' | 'thresholds'>
}

/** A package that was calibrated, and how well it does on the examples. */
interface Recalibrated extends Omit<LearnedPackage, 'learnedFrom'> {
  readonly chosen: Calibrated
}

/** The package with another temperature and other thresholds, chosen on examples; the prompt and the label rows stay. `where` names it in errors. */
export async function recalibrate(
  files: PromptFiles,
  model: ModelCard,
  where: string,
  { data, scores, alone, settings }: Calibration,
): Promise<Recalibrated> {
  const { files: _, format: __, version: ___, probeAnswer: ____, ...card } = parsePromptCard(files['prompt.json'], where)
  const C = card.labels.length
  const { several } = readAnswer(card.answer, C, where)
  const names = card.labels.map(({ label }) => label)
  const right = rightAnswers(data, names, where, several)
  const objective: Objective = several ? multilabel : classification
  const chosen = calibrated(scores, right, C, objective, settings)
  const probe = alone.probe && calibrated(alone.probe, right, C, objective, settings)
  const zeroShot = predictionsOf(alone.zeroShot, right, C, answerAt(1, alone.zeroShot, right, C, objective, settings).rule)
  const baselines = { zeroShot: valuesOf(metricsOfPredictions(zeroShot)), ...(probe !== null && { probe: valuesOf(probe.metrics) }) }

  const { precision: _precision, thresholds: _thresholds, ...others } = card.settings
  const changed = {
    ...card,
    answer: chosen.answer,
    ...(several && probe !== null && { probeAnswer: probe.answer }),
    settings: { ...others, ...settings },
    data: { ...card.data, dev: described(data) },
    ...cardFigures(chosen, baselines, data),
  }
  const stored = await readPromptPackage(files, model, where)
  const peft = { 'adapter_config.json': files['adapter_config.json'], 'adapter_model.safetensors': files['adapter_model.safetensors'] }
  const { metrics, abstaining, rule } = chosen
  const criterion = criterionOf(card, several)
  const { steps = 0, bestStep = 0 } = card.training ?? {}
  return {
    files: await sealPromptPackage(changed, peft, stored, model, where, stored.probe),
    ...{ chosen, metrics, abstaining, baselines, temperature: rule.temperature, method: card.method },
    ...{ steps, bestStep, stillImproving: bestStep > 0 && bestStep === card.settings.steps },
    overProbe: probe === null || card.virtualTokens === 0 ? null : compareFigures(chosen.predictions, probe.predictions, criterion),
    overZeroShot: compareFigures(chosen.predictions, zeroShot, criterion),
    ...describeAnswers(chosen, names, data),
  }
}
