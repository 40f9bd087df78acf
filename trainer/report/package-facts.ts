import { join } from 'node:path'
import { readAnswer } from '../../shared/engine/heads/read-answer.ts'
import { SoftPromptError } from '../../shared/error.ts'
import { sha256 } from '../../shared/formats/hashing.ts'
import type { PromptCard } from '../../shared/formats/prompt-card.ts'
import { parsePromptCard } from '../../shared/formats/prompt-package.ts'
import { eventsFile, madeFrom, readPromptFolder } from '../disk/prompt-folder.ts'
import { intervalName, type MeasuredBaselines } from '../evaluate/baseline-figures.ts'
import type { Criterion } from '../evaluate/better.ts'
import { type ComparedFigure, comparedFigures } from '../evaluate/compared-figures.ts'
import type { EvaluationRecord } from '../evaluate/evaluation.ts'
import { type Interval, shareInterval } from '../evaluate/interval.ts'
import { readMeasurement } from '../project/measurement.ts'
import { whereReadable } from '../project/where-readable.ts'
import { criterionOf } from '../train/criteria-of.ts'
import { readEvents } from '../train/event-file.ts'
import type { EventLine } from '../train/event-line.ts'

type LineOf<Type extends EventLine['type']> = Extract<EventLine, { type: Type }>

/** What a training told, in parts. */
export interface TrainingTold {
  readonly begun: string
  readonly data: LineOf<'data'> | null
  readonly warnings: readonly string[]
  readonly steps: readonly LineOf<'step'>[]
  readonly evaluations: readonly LineOf<'evaluated'>[]
  /** Null where nothing was learned step by step. */
  readonly ended: LineOf<'ended'> | null
  /** The steps behind which it went on after a stop. */
  readonly resumedAt: readonly number[]
  /** When it was done, and when the package was calibrated anew; null where it was not. */
  readonly done: string
  readonly calibrated: string | null
  /** Of the package as it is. */
  readonly package: LineOf<'package'>
}

/** A figure beside others on the same rows; without an interval where none is known. */
export interface Rival {
  readonly name: string
  readonly value: number
  readonly interval: Interval | undefined
}

/** How a package does on some examples. */
export interface MeasuredOn {
  /** Dev, test, or a file. */
  readonly on: string
  readonly evaluation: EvaluationRecord
  /** What else answers the same. */
  readonly baselines: MeasuredBaselines
}

/** All that lies in a package's folder of how it was made and how good it is. */
export interface PackageFacts {
  readonly folder: string
  readonly id: string
  readonly card: PromptCard
  /** What it was made from, each by a hash or a version; null where that is not known. */
  readonly made: Readonly<Record<string, string>> | null
  /** Null where `missing` says why. */
  readonly training: TrainingTold | null
  readonly missing: string | null
  /** What was measured on examples that it was not chosen by, the first that which counts. */
  readonly measured: readonly MeasuredOn[]
}

/** Reads a package and what lies beside it. Throws where it is no package; what is beside it and can't be read is told in `missing`. */
export async function packageFacts(folder: string, measured: MeasuredOn | null = null): Promise<PackageFacts> {
  const files = readPromptFolder(folder)
  const card = parsePromptCard(files['prompt.json'], folder)
  const id = await sha256(files['prompt.json'])
  const { training, missing } = trainingOf(folder, id)
  const kept = whereReadable(() => readMeasurement(folder, id))
  const test = kept && { on: 'test', evaluation: kept.evaluation, baselines: kept.baselines ?? {} }
  const made = whereReadable(() => madeFrom(folder))
  return {
    folder,
    id,
    card,
    made,
    training,
    missing,
    measured: [measured, measured === null ? test : null].filter((each) => each !== null),
  }
}

/** Whether a package may give a text several labels. */
export function givesSeveral({ card, folder }: PackageFacts): boolean {
  return readAnswer(card.answer, card.labels.length, folder).several
}

/** The figures that a package is held against others by; the first stands for all. */
export function shownFigures(facts: PackageFacts): readonly [ComparedFigure, ...ComparedFigure[]] {
  return comparedFigures(chosenBy(facts), givesSeveral(facts))
}

/** What the step that is packaged was chosen by. */
export function chosenBy(facts: PackageFacts): Criterion {
  return criterionOf(facts.card, givesSeveral(facts))
}

/** A package on the examples that it was measured on, and what else answers these. */
export function rivalsOf(facts: PackageFacts, { evaluation, baselines: { probe, zeroShot } }: MeasuredOn, figure: ComparedFigure): Rival[] {
  const { card } = facts
  const { metrics, intervals } = evaluation
  const intervalOf = (baseline: typeof probe) => baseline?.[intervalName(figure)]
  return [
    ...rival(nameOf(card), metrics[figure], intervals[figure]),
    ...(card.virtualTokens === 0 ? [] : rival('linear probe', probe?.[figure], intervalOf(probe))),
    ...rival('zero-shot', zeroShot?.[figure], intervalOf(zeroShot)),
    ...mostFrequent(facts, figure, metrics.majority),
  ]
}

/** How a package does on dev: from its training, else what its card says. */
export function rivalsOnDev(facts: PackageFacts, figure: ComparedFigure): Rival[] {
  const { card, training } = facts
  const N = training?.package.evaluation.examples ?? card.data.dev?.examples
  const onDev = (name: string, value: number | undefined) =>
    rival(name, value, figure === 'accuracy' && value !== undefined && N ? shareInterval(value, N) : undefined)
  const { metrics, baselines } = card
  return [
    ...onDev(nameOf(card), metrics[figure]),
    ...(card.virtualTokens === 0 ? [] : onDev('linear probe', baselines.probe?.[figure])),
    ...onDev('zero-shot', baselines.zeroShot?.[figure]),
    ...mostFrequent(facts, figure, metrics.majority),
  ]
}

function rival(name: string, value: number | undefined, interval: Interval | undefined): Rival[] {
  return value === undefined ? [] : [{ name, value, interval }]
}

function mostFrequent(facts: PackageFacts, figure: ComparedFigure, majority: number | undefined): Rival[] {
  return figure === 'accuracy' ? rival(givesSeveral(facts) ? 'most frequent labels' : 'most frequent label', majority, undefined) : []
}

function nameOf({ virtualTokens }: PromptCard): string {
  return virtualTokens === 0 ? 'this package, a probe' : 'this prompt'
}

function trainingOf(folder: string, id: string): Pick<PackageFacts, 'training' | 'missing'> {
  const path = join(folder, eventsFile)
  const none = (missing: string) => ({ training: null, missing })
  try {
    const lines = readEvents(path)
    if (lines === null)
      return none(`There is no ${eventsFile} beside this package: it was adopted, copied without it, or made by an earlier version.`)
    const told = toldOf(lines)
    if (told === null || told.package.prompt !== id)
      return none(`${path} does not end in this package: it is of another one, or was cut off.`)
    return { training: told, missing: null }
  } catch (error) {
    if (error instanceof SoftPromptError) return none(error.message)
    throw error
  }
}

function toldOf(lines: readonly EventLine[]): TrainingTold | null {
  const of = <Type extends EventLine['type']>(type: Type) => lines.filter((line): line is LineOf<Type> => line.type === type)
  const [[first], [made, ...calibrated]] = [of('run'), of('package')]
  if (made === undefined || first === undefined) return null
  return {
    begun: of('learning')[0]?.when ?? first.when,
    data: of('data')[0] ?? null,
    warnings: [...new Set(of('warning').map(({ message }) => message))],
    steps: of('step'),
    evaluations: of('evaluated'),
    ended: of('ended').at(-1) ?? null,
    resumedAt: of('learning').flatMap(({ step }) => (step === 0 ? [] : [step])),
    done: made.when,
    calibrated: calibrated.at(-1)?.when ?? null,
    package: calibrated.at(-1) ?? made,
  }
}
