import { readAnswer } from '../../shared/engine/heads/read-answer.ts'
import { SoftPromptError } from '../../shared/error.ts'
import { peftFiles } from '../../shared/formats/peft.ts'
import type { Label } from '../../shared/formats/prompt-card.ts'
import { type PromptFiles, sealPromptPackage } from '../../shared/formats/prompt-package.ts'
import type { EncodedText } from '../../shared/text/template.ts'
import type { DifferentiableModel } from '../autodiff/differentiable-model.ts'
import type { Dataset } from '../data/dataset.ts'
import { labelIndex, labelsOf, sharedTokens, verbalize } from '../data/labels.ts'
import { cutByWorker } from '../data/row-length.ts'
import { holdOut } from '../data/split.ts'
import { bestTemperature } from '../evaluate/calibrate.ts'
import { onlyAnswer } from '../evaluate/confusion-matrix.ts'
import { type Metrics, metricsOf } from '../evaluate/metrics.ts'
import { seededRandom } from '../random.ts'
import { loadTensorFlow } from '../tensorflow.ts'
import { placementOf, requireCard, requireContext, templateOf } from './check-job.ts'
import type { TrainingEvent } from './events.ts'
import type { PromptInitializer } from './initializers/initializer.ts'
import * as initializers from './initializers/table.ts'
import { learnedCard } from './learned-card.ts'
import { type Learned, trainingLoop } from './loop.ts'
import type { Method } from './methods/method.ts'
import * as methods from './methods/table.ts'
import type { Objective, TrainingExample } from './objectives/objective.ts'
import * as objectives from './objectives/table.ts'
import { runIdentity } from './run-identity.ts'
import { defaultsWith, type GivenSettings, settingsFor, type TrainingSettings } from './settings.ts'
import type { TrainingState } from './state.ts'

/** What is to be learned from what. */
export interface Job {
  readonly model: DifferentiableModel
  readonly task: string
  readonly train: Dataset
  /** Without it, a part of `train` is held out for it. */
  readonly dev?: Dataset
  /** Words that stand for labels; a label's own words where it has none here. */
  readonly verbalizers: Readonly<Record<string, string>>
  readonly settings: GivenSettings
  /** The state to go on from, of the run that is known by `identity`; null to begin anew. */
  readonly resume: (identity: string) => TrainingState | null
  readonly signal: AbortSignal
}

/** A prompt package, and how well it does. */
export interface LearnedPackage {
  readonly files: PromptFiles
  readonly bestStep: number
  /** Steps done. */
  readonly steps: number
  /** On dev, at `temperature`. */
  readonly metrics: Metrics
  readonly temperature: number
}

/** A text of a batch, and the index of its label. */
type EncodedExample = EncodedText & TrainingExample

/** From examples to the files of a prompt package: checks, trains, calibrates on dev. Nothing is read or written but through `job`. */
export async function* learn(job: Job): AsyncGenerator<TrainingEvent, LearnedPackage> {
  const { model, task, signal } = job
  const { opened } = model
  const [train, dev] = splitOf(job)
  const settings = settingsFor(job.settings, train.examples.length)
  requireContext(settings, model.frozen)
  const encode = templateOf(settings, opened)
  const labels = verbalize(labelsOf(job.train), job.verbalizers, opened.encode)
  requireCard(labels, settings.template)
  for (const message of [cutByWorker(settings.maxTokens), ...sharedTokens(labels)]) if (message !== null) yield { type: 'warning', message }

  const examples = encodeExamples(train, labels, encode)
  const devExamples = encodeExamples(dev, labels, encode)
  for (const [set, rows] of [[train, examples] as const, [dev, devExamples] as const]) yield* cutTexts(set, rows)

  const tensorFlow = await loadTensorFlow()
  const identity = runIdentity({ model: opened.card, labels, train, dev, settings })
  const computedBy = `${model.threads} threads of ONNX Runtime and TensorFlow.js's ${tensorFlow.backend} backend`
  const objective: Objective = objectives[settings.objective]
  const { learned: besides, fixed } = await objective.initial({ model, labels, settings })
  const state = job.resume(identity) ?? {
    ...{ run: identity, step: 0, best: null, stale: 0, optimizer: {}, bestVariables: {} },
    variables: { ...(await initialPrompt(model, settings, labels)), ...besides },
  }
  if ('computedBy' in state && state.computedBy !== computedBy) {
    const message = `the checkpoint was made by ${state.computedBy}, and here are ${computedBy}: the result may differ in its last digits`
    yield { type: 'warning', message }
  }
  const learned = yield* warned(
    trainingLoop({
      ...{ model, tensorFlow, settings, train: examples, dev: devExamples, signal },
      placement: placementOf(model.frozen, settings),
      fixed,
      state: { ...state, computedBy },
    }),
    labels,
  )

  const answers = devExamples.map(({ label }) => label)
  const answerAt = (temperature: number) => readAnswer(objective.answer(temperature), `prompt ${task}`)
  const temperature = bestTemperature(learned.scores, answers, (scores, at) => answerAt(at).probabilities(scores))
  const metrics = metricsOf(learned.scores, answers, labels.length, answerAt(temperature).probabilities)
  const placement = placementOf(model.frozen, settings)
  const answer = objective.answer(temperature)
  const card = learnedCard({ task, settings, model: opened.card, placement, labels, train, dev, learned, metrics, answer })
  const peft = peftFiles(learned.stored, opened.card, model.frozen.family.peftTaskType)
  const files = await sealPromptPackage(card, peft, learned, opened.card, `prompt ${task}`)
  return { files, bestStep: learned.bestStep, steps: learned.steps, metrics, temperature }
}

/** [train, dev] */
function splitOf({ train, dev, settings }: Job): [Dataset, Dataset] {
  if (dev !== undefined) return [train, dev]
  const [rest, held] = holdOut(train, defaultsWith(settings).seed)
  if (held.examples.length > 0) return [rest, held]
  throw new SoftPromptError(
    'invalid_data',
    `Cannot hold out a part of ${train.file}: no label has two examples. Add examples, or name others with --dev.`,
  )
}

function encodeExamples({ file, examples }: Dataset, labels: readonly Label[], encode: (text: string) => EncodedText): EncodedExample[] {
  return examples.map(({ text, label }) => ({ ...encode(text), label: labelIndex(labels, label, file) }))
}

function* cutTexts({ file }: Dataset, rows: readonly EncodedExample[]): Generator<TrainingEvent> {
  const cut = rows.filter(({ truncated }) => truncated).length
  if (cut > 0) yield { type: 'warning', message: `${cut} of ${rows.length} texts in ${file} were cut to fit --max-tokens` }
}

/** The loop's events, with a warning behind each evaluation in which every answer is the same. */
async function* warned(loop: AsyncGenerator<TrainingEvent, Learned>, labels: readonly Label[]): AsyncGenerator<TrainingEvent, Learned> {
  try {
    for (;;) {
      const { done, value } = await loop.next()
      if (done) return value
      yield value
      const only = value.type === 'evaluated' ? onlyAnswer(value.metrics.confusion) : null
      if (value.type !== 'evaluated' || only === null) continue
      const message = `after step ${value.step} every answer on dev is ${JSON.stringify(labels[only]?.label)}: the prompt has learned nothing yet. If it stays so, try another --learning-rate or --method.`
      yield { type: 'warning', message }
    }
  } finally {
    await loop.return(null as never) // where nobody listens any more: it frees what it holds
  }
}

/** The variables of the prompt before the first step. */
async function initialPrompt({ opened, frozen }: DifferentiableModel, settings: TrainingSettings, labels: readonly Label[]) {
  const { init, virtualTokens, seed, initText: text } = settings
  const initializer: PromptInitializer = initializers[init]
  const method: Method = methods[settings.method]
  const table = () => initializer.table({ model: opened, virtualTokens, labels, text, random: seededRandom(seed, 1) })
  return method.variables({ table, prefix: () => frozen.compile(table()) }, opened.card.sizes)
}
