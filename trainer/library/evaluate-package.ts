import { readAnswer } from '../../shared/engine/heads/read-answer.ts'
import { SoftPromptError } from '../../shared/error.ts'
import { sha256 } from '../../shared/formats/hashing.ts'
import { parsePromptCard, readPromptPackage } from '../../shared/formats/prompt-package.ts'
import type { EncodedText } from '../../shared/text/template.ts'
import type { Dataset } from '../data/dataset.ts'
import { readPromptFolder } from '../disk/prompt-folder.ts'
import { type AnsweredExamples, answeredByPrompt } from '../evaluate/answered-examples.ts'
import { bootstrapIntervals } from '../evaluate/bootstrap.ts'
import { compareAnswers } from '../evaluate/compared-answers.ts'
import { type EvaluationRecord, evaluationOf } from '../evaluate/evaluation.ts'
import type { Interval } from '../evaluate/interval.ts'
import * as metrics from '../evaluate/metrics/table.ts'
import { type AnswerReading, type Predictions, predictionsOf } from '../evaluate/predictions.ts'
import type { Comparison } from '../evaluate/report/comparison.ts'
import { rightAnswers } from '../evaluate/right-answers.ts'
import { readRows } from '../evaluate/score.ts'
import { scoreReadWithoutPrompt } from '../evaluate/without-prompt.ts'
import { multilabel } from '../train/objectives/multilabel.ts'
import { type OpenPackage, withPackage } from './open-package.ts'

/** How a package is measured, and who is told. */
export interface Measuring {
  readonly model?: string | undefined
  readonly threads?: number | undefined
  /** Whether the prompt is left out. */
  readonly zeroShot?: boolean | undefined
  readonly signal: AbortSignal
  warn(message: string): void
  /** Told after every batch: texts done, of how many, and whether without the prompt. */
  progress(done: number, texts: number, alone: boolean): void
}

/** An accuracy and its 95 % interval. */
interface MeasuredAccuracy {
  readonly accuracy: number
  readonly interval: Interval | undefined
}

/** A package measured on examples: what `softprompt evaluate --json` prints. */
export interface PackageEvaluation extends EvaluationRecord {
  readonly task: string
  /** The file of the examples. */
  readonly data: string
  /** SHA-256 of the package's prompt.json. */
  readonly prompt: string
  readonly zeroShot: boolean
  /** How many texts lost their end to fit. */
  readonly truncated: number
  /** What else answers the same examples: zero-shot where each has one label. */
  readonly baselines: { readonly zeroShot?: MeasuredAccuracy; readonly probe?: MeasuredAccuracy }
  /** How much more often the prompt is right than the probe; null where there is one of the two alone. */
  readonly overProbe: Comparison | null
}

/** The task of the package in `directory`, the names of its labels, whether it may give a text several, and whether it has label rows alone. */
export function describedPackage(directory: string): { task: string; labels: string[]; several: boolean; bare: boolean } {
  const { task, labels, answer, virtualTokens } = parsePromptCard(readPromptFolder(directory)['prompt.json'], directory)
  return {
    task,
    labels: labels.map(({ label }) => label),
    several: readAnswer(answer, labels.length, directory).several,
    bare: virtualTokens === 0,
  }
}

/** A package's answers to a file's examples, and its hash. */
export async function answeredByPackage(
  directory: string,
  dataset: Dataset,
  measuring: Measuring,
): Promise<AnsweredExamples & { readonly prompt: string }> {
  const { labels: known, several } = describedPackage(directory)
  rightAnswers(dataset, known, directory, several) // before the model is loaded
  return withPackage(directory, measuring, measuring, async (open) => {
    const { labels, predictions, truncated } = await answeredHere(open, directory, dataset, measuring)
    return { labels, predictions, truncated, prompt: await sha256(open.files['prompt.json']) }
  })
}

/** A package measured on a file's examples, beside what the model answers without a prompt; with `zeroShot` that is what is measured. */
export async function evaluatePackage(directory: string, dataset: Dataset, measuring: Measuring): Promise<PackageEvaluation> {
  const { zeroShot = false } = measuring
  const { labels, several } = describedPackage(directory)
  if (zeroShot && several)
    throw new SoftPromptError(
      'usage',
      `Cannot measure ${directory} with --zero-shot: it gives a text several labels, and how many is known by the prompt's thresholds alone.`,
    )
  const right = rightAnswers(dataset, labels, directory, several) // before the model is loaded
  return withPackage(directory, measuring, measuring, async (open) => {
    const { card, length } = open.prompt
    const prompted = zeroShot ? null : await answeredHere(open, directory, dataset, measuring)
    const rows = prompted?.rows ?? dataset.examples.map(({ text }) => open.prompt.row(text))
    const scores = await scoresAlone(open, directory, rows, prompted?.read ?? null, measuring)
    const { rule } = open.prompt
    const reading = several ? evenly(labels.length) : undefined // of one label the largest score decides
    const alone = {
      zeroShot: several ? null : predictionsOf(scores.zeroShot, right, labels.length),
      probe: scores.probe && predictionsOf(scores.probe, right, labels.length, reading),
    }
    const texts = dataset.examples.map(({ text }) => text)
    const evaluation =
      prompted === null
        ? evaluationOf(alone.zeroShot as Predictions, labels, undefined, { texts })
        : evaluationOf(prompted.predictions, labels, rule.thresholds, { texts })
    const baselines = {
      ...(alone.probe !== null && { probe: accuracyOf(alone.probe) }),
      ...(alone.zeroShot !== null && { zeroShot: accuracyOf(alone.zeroShot) }),
    }
    const overProbe =
      prompted === null || alone.probe === null || length === 0 ? null : compareAnswers(prompted.predictions, alone.probe).difference
    const truncated = rows.filter((row) => row.truncated).length
    return {
      ...{ task: card.task, data: dataset.file, prompt: await sha256(open.files['prompt.json']), zeroShot },
      ...{ ...evaluation, truncated, baselines, overProbe },
    }
  })
}

/** How a probe of several labels answers: with those that are likelier than not. */
function evenly(classes: number): AnswerReading {
  return readAnswer(multilabel.answer(classes, 1), classes, 'the linear probe')
}

function answeredHere(open: OpenPackage, name: string, dataset: Dataset, { signal, progress }: Measuring) {
  return answeredByPrompt(open, { name, dataset, signal, progress: (done, rows) => progress(done, rows, false) })
}

/** What the model answers without the prompt. `read` is what it made of the rows behind it, which is the same where the prompt is none. */
async function scoresAlone(
  { files, opened, frozen, prompt }: OpenPackage,
  directory: string,
  rows: readonly EncodedText[],
  read: readonly Float32Array[] | null,
  { signal, progress }: Measuring,
) {
  const { unprompted } = frozen
  const { fed, positionOffset, readout } = prompt.ready
  const same = fed === null && positionOffset === unprompted.positionOffset && readout === unprompted.readout
  const telling = (done: number, all: number) => progress(done, all, true)
  const hidden = same && read !== null ? read : await readRows(frozen, rows, unprompted, signal, telling)
  const { probe } = await readPromptPackage(files, opened.card, directory)
  return scoreReadWithoutPrompt({ opened, frozen }, hidden, { labels: prompt.card.labels, probe })
}

function accuracyOf(predictions: Predictions): MeasuredAccuracy {
  const { accuracy } = metrics
  return { accuracy: accuracy.of(predictions), interval: bootstrapIntervals(predictions, { accuracy }).accuracy }
}
