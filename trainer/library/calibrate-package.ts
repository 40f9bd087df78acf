import { join } from 'node:path'
import { sha256 } from '../../shared/formats/hashing.ts'
import type { Dataset } from '../data/dataset.ts'
import { examplesHash } from '../data/examples-hash.ts'
import { eventsFile, madeFrom, writePromptFolder } from '../disk/prompt-folder.ts'
import { scoresAlone } from '../evaluate/answered-alone.ts'
import type { Abstaining } from '../evaluate/choose-thresholds.ts'
import { type MetricValues, valuesOf } from '../evaluate/metrics.ts'
import { rightAnswers } from '../evaluate/right-answers.ts'
import { readRows } from '../evaluate/score.ts'
import { whereReadable } from '../project/where-readable.ts'
import { readEvents, withPackageLine } from '../train/event-file.ts'
import { neverAnswered } from '../train/never-answered.ts'
import type { PlainSettings } from '../train/plain-settings.ts'
import { recalibrate } from '../train/recalibrate.ts'
import { packageLine } from '../train/run.ts'
import { unlearned } from '../train/unlearned.ts'
import { describedPackage, type Measuring } from './evaluate-package.ts'
import { withPackage } from './open-package.ts'

interface Calibrating extends Omit<Measuring, 'zeroShot'> {
  /** The folder of the package to write. */
  readonly out: string
  readonly settings: Pick<PlainSettings, 'precision' | 'thresholds'>
}

/** A package that was calibrated anew: what `softprompt calibrate --json` prints. */
export interface CalibratedPackage {
  readonly task: string
  readonly package: string
  /** SHA-256 of its prompt.json. */
  readonly prompt: string
  readonly temperature: number
  readonly thresholds: readonly (number | null)[] | null
  readonly abstaining: Abstaining | null
  /** On the examples that it was calibrated on. */
  readonly dev: MetricValues
  /** How many of the examples these are: where the package was learned from the others, those that were held out. */
  readonly examples: number
}

/** Chooses temperature and thresholds of the package in `directory` anew, on examples that it was not learned from, and writes what comes of it. */
export async function calibratePackage(
  directory: string,
  given: Dataset,
  { out, settings, ...measuring }: Calibrating,
): Promise<CalibratedPackage> {
  const { card, task, labels, several } = describedPackage(directory)
  rightAnswers(given, labels, directory, several) // before the model is loaded
  const made = whereReadable(() => madeFrom(directory))
  const data = unlearned(given, { where: directory, card, madeFrom: made?.['the training data'] ?? null })
  return withPackage(directory, measuring, measuring, async (open) => {
    const { files, opened, frozen, prompt } = open
    const { signal, progress } = measuring
    const rows = data.examples.map(({ text }) => prompt.row(text))
    const read = await readRows(frozen, rows, prompt.ready, signal, (done, all) => progress(done, all, false))
    const telling = (done: number, all: number) => progress(done, all, true)
    const alone = await scoresAlone(open, directory, { rows, read, signal, progress: telling })
    const scores = read.map((hidden) => prompt.scores(hidden))
    const { files: calibrated, chosen, ...learned } = await recalibrate(files, opened.card, directory, { data, scores, alone, settings })
    const never = neverAnswered(chosen, labels, settings.precision)
    if (never !== null) measuring.warn(never)

    const id = await sha256(calibrated['prompt.json'])
    const bytes = Object.values(calibrated).reduce((sum, file) => sum + file.length, 0)
    const before = packageLineOf(directory, await sha256(files['prompt.json']))
    const events =
      before && withPackageLine(before.path, packageLine({ type: 'written', id, bytes, ...learned, learnedFrom: before.learnedFrom }))
    await writePromptFolder(
      out,
      calibrated,
      opened.directory,
      made === null ? undefined : stillTrue(made, given, data),
      events ?? undefined,
    )
    const { rule, abstaining, metrics } = chosen
    return {
      ...{ task, package: out, prompt: id, temperature: rule.temperature, thresholds: rule.thresholds ?? null, abstaining },
      ...{ dev: valuesOf(metrics), examples: data.examples.length },
    }
  })
}

/** What was told of the package that is known by `id`; null where nothing was, or that can't be read. */
function packageLineOf(directory: string, id: string): { path: string; learnedFrom: readonly number[] } | null {
  const path = join(directory, eventsFile)
  const last = whereReadable(() => readEvents(path))?.at(-1)
  return last?.type === 'package' && last.prompt === id ? { path, learnedFrom: last.learnedFrom } : null
}

/** What a calibrated package was made from: its settings are not those of a training any more. */
function stillTrue(made: Readonly<Record<string, string>>, given: Dataset, data: Dataset): Record<string, string> {
  const { 'the settings': _, ...others } = made
  return { ...others, 'the dev data': data === given ? examplesHash(data) : 'held out' }
}
