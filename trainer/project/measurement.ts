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
import { EvaluationRecord, evaluationOf } from '../evaluate/evaluation.ts'
import { predictionsOf } from '../evaluate/predictions.ts'
import { rightAnswers } from '../evaluate/right-answers.ts'
import { scoreTexts } from '../evaluate/score.ts'
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
})
export type Measurement = z.infer<typeof Measurement>

/** Measures the package in `folder` on examples, and keeps the figures beside it. */
export async function measurePackage(folder: string, model: FrozenModel, data: Dataset, signal: AbortSignal): Promise<Measurement> {
  const files = readPromptFolder(folder)
  const prompt = await Prompt.load(files, folder, model)
  const labels = prompt.card.labels.map(({ label }) => label)
  const { rule } = prompt
  const answers = rightAnswers(data, labels, folder, rule.several)
  const texts = data.examples.map(({ text }) => text)
  const scores = await scoreTexts(model, prompt, texts, signal)
  const evaluation = evaluationOf(predictionsOf(scores, answers, labels.length, rule), labels, rule.thresholds, { texts })
  const measurement = { prompt: await sha256(files['prompt.json']), data: examplesHash(data), evaluation }
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
