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
import { evaluationOf } from '../evaluate/evaluation.ts'
import * as metrics from '../evaluate/metrics/table.ts'
import { type AnswerReading, type Predictions, predictionsOf } from '../evaluate/predictions.ts'
import { comparisonText } from '../evaluate/report/comparison.ts'
import { rightAnswers } from '../evaluate/right-answers.ts'
import { readRows } from '../evaluate/score.ts'
import { scoreReadWithoutPrompt } from '../evaluate/without-prompt.ts'
import { packageFacts } from '../report/package-facts.ts'
import { multilabel } from '../train/objectives/multilabel.ts'
import type { Result, Terminal } from './command.ts'
import { evaluationText, headingText, withInterval } from './evaluation-text.ts'
import { type OpenPackage, withPackage } from './open-package.ts'
import { writePackageReport } from './report-file.ts'

/** What the options of a command say of how a package is measured. */
interface PackageFlags {
  readonly model?: string
  readonly threads?: number
  readonly zeroShot?: boolean
  /** Where a report is written as well. */
  readonly report?: string
}

/** The task of the package in `directory`, the names of its labels, and whether it may give a text several. */
export function describedPackage(directory: string): { task: string; labels: string[]; several: boolean } {
  const { task, labels, answer } = parsePromptCard(readPromptFolder(directory)['prompt.json'], directory)
  return { task, labels: labels.map(({ label }) => label), several: readAnswer(answer, labels.length, directory).several }
}

/** A package's answers to a file's examples, and its hash. */
export async function answeredByPackage(
  directory: string,
  dataset: Dataset,
  flags: PackageFlags,
  terminal: Terminal,
): Promise<AnsweredExamples & { readonly prompt: string }> {
  const { labels: known, several } = describedPackage(directory)
  rightAnswers(dataset, known, directory, several) // before the model is loaded
  return withPackage(directory, flags, terminal, async (open) => {
    const { labels, predictions, truncated } = await answeredHere(open, directory, dataset, terminal)
    return { labels, predictions, truncated, prompt: await sha256(open.files['prompt.json']) }
  })
}

/** A package measured on a file's examples, beside what the model answers without a prompt; with `zeroShot` that is what is measured. */
export async function evaluatePackage(directory: string, dataset: Dataset, flags: PackageFlags, terminal: Terminal): Promise<Result> {
  const { zeroShot = false } = flags
  const { labels, several } = describedPackage(directory)
  if (zeroShot && several)
    throw new SoftPromptError(
      'usage',
      `Cannot measure ${directory} with --zero-shot: it gives a text several labels, and how many is known by the prompt's thresholds alone.`,
    )
  const right = rightAnswers(dataset, labels, directory, several) // before the model is loaded
  return withPackage(directory, flags, terminal, async (open) => {
    const { card, length } = open.prompt
    const prompted = zeroShot ? null : await answeredHere(open, directory, dataset, terminal)
    const rows = prompted?.rows ?? dataset.examples.map(({ text }) => open.prompt.row(text))
    const scores = await scoresAlone(open, directory, rows, prompted?.read ?? null, terminal)
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
    const beside = [
      ...(baselines.probe === undefined ? [] : [`linear probe ${withInterval(baselines.probe.accuracy, baselines.probe.interval)}`]),
      ...(zeroShot || baselines.zeroShot === undefined
        ? []
        : [`zero-shot ${withInterval(baselines.zeroShot.accuracy, baselines.zeroShot.interval)}`]),
    ]
    const truncated = rows.filter((row) => row.truncated).length
    if (flags.report !== undefined) {
      const others = [
        ...(baselines.probe === undefined || length === 0 ? [] : [{ name: 'linear probe', ...baselines.probe }]),
        ...(baselines.zeroShot === undefined ? [] : [{ name: 'zero-shot', ...baselines.zeroShot }]),
      ]
      await writePackageReport(flags.report, await packageFacts(directory, { on: dataset.file, evaluation, others }), terminal)
    }
    return {
      json: {
        ...{ task: card.task, data: dataset.file, prompt: await sha256(open.files['prompt.json']), zeroShot },
        ...{ ...evaluation.metrics, ...evaluation, truncated, baselines, overProbe },
      },
      text: [
        headingText(`${card.task}${zeroShot ? ', without the prompt,' : ''}`, dataset, { labels, truncated }),
        '',
        evaluationText(evaluation),
        ...(beside.length === 0 ? [] : ['', `Accuracy for comparison: ${beside.join(', ')}.`]),
        ...(overProbe === null ? [] : [comparisonText(overProbe)]),
      ].join('\n'),
    }
  })
}

/** How a probe of several labels answers: with those that are likelier than not. */
function evenly(classes: number): AnswerReading {
  return readAnswer(multilabel.answer(classes, 1), classes, 'the linear probe')
}

function answeredHere(open: OpenPackage, name: string, dataset: Dataset, { signal, status }: Terminal) {
  return answeredByPrompt(open, { name, dataset, signal, progress: (done, rows) => status(`${done} of ${rows} texts`) })
}

/** What the model answers without the prompt. `read` is what it made of the rows behind it, which is the same where the prompt is none. */
async function scoresAlone(
  { files, opened, frozen, prompt }: OpenPackage,
  directory: string,
  rows: readonly EncodedText[],
  read: readonly Float32Array[] | null,
  { signal, status }: Terminal,
) {
  const { unprompted } = frozen
  const { fed, positionOffset, readout } = prompt.ready
  const same = fed === null && positionOffset === unprompted.positionOffset && readout === unprompted.readout
  const progress = (done: number, all: number) => status(`${done} of ${all} texts without the prompt`)
  const hidden = same && read !== null ? read : await readRows(frozen, rows, unprompted, signal, progress)
  const { probe } = await readPromptPackage(files, opened.card, directory)
  return scoreReadWithoutPrompt({ opened, frozen }, hidden, { labels: prompt.card.labels, probe })
}

function accuracyOf(predictions: Predictions) {
  const { accuracy } = metrics
  return { accuracy: accuracy.of(predictions), interval: bootstrapIntervals(predictions, { accuracy }).accuracy }
}
