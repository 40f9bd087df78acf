import { join } from 'node:path'
import { z } from 'zod'
import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import { Prompt } from '../../shared/engine/prompt.ts'
import { parseCard } from '../../shared/formats/card.ts'
import { Sha256, sha256 } from '../../shared/formats/hashing.ts'
import type { Dataset } from '../data/dataset.ts'
import { examplesHash } from '../data/examples-hash.ts'
import { evaluationFile, readPromptFolder } from '../disk/prompt-folder.ts'
import { readFile } from '../disk/read-file.ts'
import { writeWhole } from '../disk/write-whole.ts'
import { answeredAlone } from '../evaluate/answered-alone.ts'
import { answeredByPrompt } from '../evaluate/answered-examples.ts'
import { MeasuredBaselines, measuredBaselines } from '../evaluate/baseline-figures.ts'
import { comparedFigures } from '../evaluate/compared-figures.ts'
import { EvaluationRecord, evaluationOf } from '../evaluate/evaluation.ts'
import type { OpenedModel } from '../import/open-model.ts'
import { criterionOf } from '../train/criteria-of.ts'
import { checkpointOf } from '../train/run.ts'

/** 1,024 labels have a confusion matrix of some two megabytes. */
const maxFileBytes = 2 ** 24

/** How a package does on examples that its training has not seen. */
const Measurement = z.object({
  /** The package's id. */
  prompt: Sha256,
  /** Of the examples. */
  data: Sha256,
  evaluation: EvaluationRecord,
  /** What else answers the same examples; an earlier version does not say. */
  baselines: MeasuredBaselines.optional(),
})
export type Measurement = z.infer<typeof Measurement>

type Model = { readonly opened: OpenedModel; readonly frozen: FrozenModel }

/** Measures the package in `folder` on examples, beside what the model answers alone, and keeps the figures beside it. */
export async function measurePackage(folder: string, model: Model, data: Dataset, signal: AbortSignal): Promise<Measurement> {
  const files = readPromptFolder(folder)
  const prompt = await Prompt.load(files, folder, model.frozen)
  const open = { files, prompt, opened: model.opened, frozen: model.frozen }
  const { labels, predictions, thresholds, rows, read } = await answeredByPrompt(open, { name: folder, dataset: data, signal })
  const texts = data.examples.map(({ text }) => text)
  const evaluation = evaluationOf(predictions, labels, thresholds, { texts })
  const compared = comparedFigures(criterionOf(prompt.card, predictions.several), predictions.several)
  const baselines = measuredBaselines(await answeredAlone(open, folder, { rows, read, right: predictions.labels, signal }), compared)
  const measurement = { prompt: await sha256(files['prompt.json']), data: examplesHash(data), evaluation, baselines }
  const bytes = new TextEncoder().encode(`${JSON.stringify(measurement, null, 2)}\n`)
  writeWhole(join(folder, evaluationFile), bytes, checkpointOf(folder)) // a folder holds whole files alone
  return measurement
}

/** What is known of the package `id` in `folder`; null where it was not measured. */
export function readMeasurement(folder: string, id: string): Measurement | null {
  const path = join(folder, evaluationFile)
  const bytes = readFile(path, maxFileBytes, 'invalid_file')
  if (bytes === null) return null
  const measurement = parseCard(Measurement, new TextDecoder().decode(bytes), path, 'invalid_file')
  return measurement.prompt === id ? measurement : null
}
