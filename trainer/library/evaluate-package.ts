import { readAnswer } from '../../shared/engine/heads/read-answer.ts'
import { SoftPromptError } from '../../shared/error.ts'
import { sha256 } from '../../shared/formats/hashing.ts'
import type { PromptCard } from '../../shared/formats/prompt-card.ts'
import { parsePromptCard } from '../../shared/formats/prompt-package.ts'
import type { Dataset } from '../data/dataset.ts'
import { madeFrom, readPromptFolder } from '../disk/prompt-folder.ts'
import { answeredAlone } from '../evaluate/answered-alone.ts'
import { type AnsweredExamples, answeredByPrompt } from '../evaluate/answered-examples.ts'
import { type MeasuredBaselines, measuredBaselines } from '../evaluate/baseline-figures.ts'
import { type ComparedFigure, type Comparison, comparedFigures, compareFigures } from '../evaluate/compared-figures.ts'
import { type EvaluationRecord, evaluationOf } from '../evaluate/evaluation.ts'
import type { Predictions } from '../evaluate/predictions.ts'
import { rightAnswers } from '../evaluate/right-answers.ts'
import { whereReadable } from '../project/where-readable.ts'
import { criterionOf } from '../train/criteria-of.ts'
import { isLearnedFrom } from '../train/unlearned.ts'
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

/** A package measured on examples: what `softprompt evaluate --json` prints. */
export interface PackageEvaluation extends EvaluationRecord {
  readonly task: string
  /** The file of the examples. */
  readonly data: string
  /** SHA-256 of the package's prompt.json. */
  readonly prompt: string
  /** How the package was learned. */
  readonly method: string
  readonly zeroShot: boolean
  /** How many texts lost their end to fit. */
  readonly truncated: number
  /** The figure that prompt and baselines are held against each other by. */
  readonly comparedBy: ComparedFigure
  /** What else answers the same examples. */
  readonly baselines: MeasuredBaselines
  /** By how much the prompt does better than the probe; null where there is one of the two alone. */
  readonly overProbe: Comparison | null
}

/** The card of the package in `directory`, its task, the names of its labels, and whether it may give a text several. */
export function describedPackage(directory: string): { card: PromptCard; task: string; labels: string[]; several: boolean } {
  const card = parsePromptCard(readPromptFolder(directory)['prompt.json'], directory)
  const { task, labels, answer } = card
  return {
    ...{ card, task },
    labels: labels.map(({ label }) => label),
    several: readAnswer(answer, labels.length, directory).several,
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
    const { rows: _, read: __, ...answered } = await answeredHere(open, directory, dataset, measuring)
    return { ...answered, prompt: await sha256(open.files['prompt.json']) }
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
    const { card, length, rule } = open.prompt
    for (const warning of doubtful(directory, card, dataset, several)) measuring.warn(warning)
    const prompted = zeroShot ? null : await answeredHere(open, directory, dataset, measuring)
    const rows = prompted?.rows ?? dataset.examples.map(({ text }) => open.prompt.row(text))
    const progress = (done: number, all: number) => measuring.progress(done, all, true)
    const alone = await answeredAlone(open, directory, { rows, right, read: prompted?.read ?? null, signal: measuring.signal, progress })
    const texts = dataset.examples.map(({ text }) => text)
    const evaluation =
      prompted === null
        ? evaluationOf(alone.zeroShot as Predictions, labels, undefined, { texts })
        : evaluationOf(prompted.predictions, labels, rule.thresholds, { texts })
    const criterion = criterionOf(card, several)
    const compared = comparedFigures(criterion, several)
    const overProbe = prompted && alone.probe && length > 0 ? compareFigures(prompted.predictions, alone.probe, criterion) : null
    const truncated = rows.filter((row) => row.truncated).length
    return {
      ...{ task: card.task, data: dataset.file, prompt: await sha256(open.files['prompt.json']), method: card.method, zeroShot },
      ...{ ...evaluation, truncated, comparedBy: compared[0], baselines: measuredBaselines(alone, compared), overProbe },
    }
  })
}

/** What to tell of figures that say less than they seem to. */
function doubtful(directory: string, card: PromptCard, dataset: Dataset, several: boolean): string[] {
  const made = whereReadable(() => madeFrom(directory))
  return [
    ...(isLearnedFrom(dataset, { card, madeFrom: made?.['the training data'] ?? null })
      ? [`${directory} was learned from examples in ${dataset.file}: how well it does on them says little of others`]
      : []),
    ...(several && card.baselines.probe !== undefined && card.probeAnswer === undefined
      ? [
          `the linear probe is left out: ${directory} does not say from which probability on that gives each label. Train or calibrate it again`,
        ]
      : []),
  ]
}

function answeredHere(open: OpenPackage, name: string, dataset: Dataset, { signal, progress }: Measuring) {
  return answeredByPrompt(open, { name, dataset, signal, progress: (done, rows) => progress(done, rows, false) })
}
