import type { Label } from '../../shared/formats/prompt-card.ts'
import type { EncodedText } from '../../shared/text/template.ts'
import type { DifferentiableModel } from '../autodiff/differentiable-model.ts'
import type { Dataset } from '../data/dataset.ts'
import { severalLabels } from '../data/example.ts'
import { aboutWords } from '../data/labels.ts'
import { cutByWorker } from '../data/row-length.ts'
import { sampledRows } from '../data/sample.ts'
import { heldOut } from '../data/split.ts'
import type { Criteria } from '../evaluate/better.ts'
import { type RightAnswer, rightForTraining } from '../evaluate/right-answers.ts'
import { tooLargeForWorker } from '../import/worker-fit.ts'
import { criteriaOf } from './criteria-of.ts'
import type { TrainingEvent } from './events.ts'
import { labelWeightsOf } from './label-weights.ts'
import { learningOf } from './learning-of.ts'
import * as methods from './methods/table.ts'
import type { Objective, TrainingExample } from './objectives/objective.ts'
import { defaultsWith, type GivenSettings, type TrainingSettings } from './settings.ts'

/** What is learned from, as it was given. */
export interface JobData {
  readonly model: DifferentiableModel
  readonly train: Dataset
  /** Without it, a part of `train` is held out for it. */
  readonly dev?: Dataset
  /** Words that stand for labels; a label's own words where it has none here. */
  readonly verbalizers: Readonly<Record<string, string>>
  readonly settings: GivenSettings
}

/** What is learned from, checked and encoded. C labels. */
export interface PreparedJob {
  readonly settings: TrainingSettings
  readonly objective: Objective
  /** [C] */
  readonly labels: readonly Label[]
  readonly names: readonly string[]
  readonly train: Dataset
  readonly dev: Dataset
  readonly examples: readonly EncodedExample[]
  readonly devExamples: readonly EncodedExample[]
  /** Those that a probe is fitted to. */
  readonly probed: readonly EncodedExample[]
  /** What is right for each row of dev. */
  readonly answers: readonly RightAnswer[]
  /** What an example of each label counts, [C]; null where all count alike. */
  readonly labelWeights: Float32Array | null
  /** What the best step is chosen by. */
  readonly criteria: Criteria
}

/** An example as a row, and whether its text was cut to fit. */
type EncodedExample = TrainingExample & Pick<EncodedText, 'truncated'>

/** More examples choose no better step, and each is read at every evaluation. */
const maxDev = 10_000
/** More examples make a probe little better: it has some hundreds of weights a label, and by default a prompt learns from 9,600. */
const maxProbed = 20_000
/** So many of each label are among them, as far as there are: of fewer a probe learns little, and on dev it is one that counts. */
const [minDev, minProbed] = [1, 8]

/** Checks what is to be learned from before anything is computed, and tells what is odd about it. */
export async function* prepareJob(job: JobData): AsyncGenerator<TrainingEvent, PreparedJob> {
  const { model } = job
  const { opened } = model
  const [train, wholeDev] = splitOf(job)
  const { settings, objective, labels, encode } = learningOf(job, train.examples.length, opened)
  const dev = atMost(wholeDev, maxDev, settings.seed)
  yield { type: 'data', labels: labels.length, train: train.examples.length, dev: wholeDev.examples.length, heldOut: job.dev === undefined }
  const tooLarge = tooLargeForWorker(opened.card)
  const warnings = [
    dev === wholeDev ? null : `dev has ${wholeDev.examples.length} examples: ${maxDev} of them are looked at, with all labels among them`,
    train.examples.length <= maxProbed || !wantsProbe(settings)
      ? null
      : `the linear probe learns from ${maxProbed} of the ${train.examples.length} examples, with all labels among them`,
    tooLarge && `model ${opened.card.name} does not fit a Worker: ${tooLarge}`,
    cutByWorker(settings.maxTokens),
    ...aboutWords(labels, opened.card, opened.encode),
  ]
  for (const message of warnings) if (message !== null) yield { type: 'warning', message }

  const examples = encodeExamples(train, labels, encode)
  const devExamples = encodeExamples(dev, labels, encode)
  for (const [set, rows] of [[train, examples] as const, [dev, devExamples] as const]) yield* cutTexts(set, rows)

  const names = labels.map(({ label }) => label)
  return {
    ...{ settings, objective, labels, names, train, dev, examples, devExamples },
    probed: sampledRows(train.examples, maxProbed, settings.seed, minProbed).map((row) => examples[row] as EncodedExample),
    answers: devExamples.map(({ right }) => right),
    labelWeights: labelWeightsOf(settings.classWeights, names, examples, objective.several),
    criteria: criteriaOf(settings, objective),
  }
}

/** Whether a probe is fitted. */
export function wantsProbe({ probe, method }: TrainingSettings): boolean {
  return probe || methods[method].empty
}

/** [train, dev] */
function splitOf({ train, dev, settings }: JobData): [Dataset, Dataset] {
  return dev === undefined ? heldOut(train, defaultsWith(settings).seed) : [train, dev]
}

/** A data set of at most so many examples: the same ones where others are added. */
function atMost(data: Dataset, max: number, seed: number): Dataset {
  if (data.examples.length <= max) return data
  return {
    ...data,
    examples: sampledRows(data.examples, max, seed, minDev).map((row) => data.examples[row] as Dataset['examples'][number]),
  }
}

/** Of a million texts the ids alone are half as much memory as lists of numbers. */
function encodeExamples(dataset: Dataset, labels: readonly Label[], encode: (text: string) => EncodedText): EncodedExample[] {
  const names = labels.map(({ label }) => label)
  const right = rightForTraining(dataset, names, severalLabels(dataset))
  return dataset.examples.map(({ text, probabilities }, n) => {
    const { inputIds, truncated } = encode(text)
    const known = probabilities && {
      probabilities: Float32Array.from(names, (name) => (Object.hasOwn(probabilities, name) ? (probabilities[name] as number) : 0)),
    }
    return { inputIds: Int32Array.from(inputIds), truncated, right: right[n] as RightAnswer, ...known }
  })
}

function* cutTexts({ file }: Dataset, rows: readonly EncodedExample[]): Generator<TrainingEvent> {
  const cut = rows.filter(({ truncated }) => truncated).length
  if (cut > 0) yield { type: 'warning', message: `${cut} of ${rows.length} texts in ${file} were cut to fit --max-tokens` }
}
