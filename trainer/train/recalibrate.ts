import { readAnswer } from '../../shared/engine/heads/read-answer.ts'
import type { ModelCard } from '../../shared/formats/model-card.ts'
import { type PromptFiles, parsePromptCard, readPromptPackage, sealPromptPackage } from '../../shared/formats/prompt-package.ts'
import type { Dataset } from '../data/dataset.ts'
import { rightAnswers } from '../evaluate/right-answers.ts'
import { type Calibrated, calibrated } from './candidate.ts'
import { cardMetrics, described } from './learned-card.ts'
import { classification } from './objectives/classification.ts'
import { multilabel } from './objectives/multilabel.ts'
import type { PlainSettings } from './plain-settings.ts'

/** What a package is calibrated by. */
interface Calibration {
  /** Takes the place of its dev. */
  readonly data: Dataset
  /** What the package gives each of the examples, [N, C]. */
  readonly scores: readonly Float64Array[]
  readonly settings: Pick<PlainSettings, 'precision' | 'thresholds'>
}

/** The package with another temperature and other thresholds, chosen on examples; the prompt and the label rows stay. `where` names it in errors. */
export async function recalibrate(
  files: PromptFiles,
  model: ModelCard,
  where: string,
  { data, scores, settings }: Calibration,
): Promise<{ readonly files: PromptFiles; readonly chosen: Calibrated }> {
  const { files: _, format: __, version: ___, ...card } = parsePromptCard(files['prompt.json'], where)
  const C = card.labels.length
  const { several } = readAnswer(card.answer, C, where)
  const labels = card.labels.map(({ label }) => label)
  const right = rightAnswers(data, labels, where, several)
  const chosen = calibrated(scores, right, C, several ? multilabel : classification, settings)
  const sameDev = card.data.dev?.sha256 === data.sha256
  const { precision: ____, thresholds: _____, ...others } = card.settings
  const changed = {
    ...card,
    answer: chosen.answer,
    settings: { ...others, ...settings },
    data: { ...card.data, dev: described(data) },
    metrics: cardMetrics(chosen),
    baselines: sameDev ? card.baselines : {}, // they are of other examples
  }
  const { labelRows, bias, probe } = await readPromptPackage(files, model, where)
  const peft = { 'adapter_config.json': files['adapter_config.json'], 'adapter_model.safetensors': files['adapter_model.safetensors'] }
  return { files: await sealPromptPackage(changed, peft, { labelRows, bias }, model, where, probe), chosen }
}
