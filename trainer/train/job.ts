import { existsSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { sha256 } from '../../shared/formats/card.ts'
import { PromptCard } from '../../shared/formats/prompt-card.ts'
import { compileTemplate } from '../../shared/text/template.ts'
import type { FrozenModel } from '../autodiff/frozen-model.ts'
import type { Dataset } from '../data/dataset.ts'
import { type Label, labelIndex, labelsOf, sharedTokens, verbalize } from '../data/labels.ts'
import { holdOut } from '../data/split.ts'
import type { ModelPackage } from '../disk/model-package.ts'
import { cutByWorker, makePromptFiles, promptPackage, writePromptPackage } from '../disk/prompt-package.ts'
import { checkOutput } from '../disk/replace-folder.ts'
import { bestTemperature, type Metrics, metricsOf } from '../evaluate/metrics/metrics.ts'
import { scoreTexts } from '../evaluate/score.ts'
import { type Learned, type Observer, train } from './loop.ts'
import { defaultSettings, settingsFor, type TrainingSettings } from './settings.ts'
import { checkCheckpoint } from './state.ts'

export interface LearnOptions {
  readonly frozen: FrozenModel
  readonly task: string
  readonly train: Dataset
  /** Without it, a part of `train` is held out for it. */
  readonly dev?: Dataset
  /** The folder of the package to write. */
  readonly out: string
  /** Words that stand for labels; a label's own words where it has none here. */
  readonly verbalizers: Readonly<Record<string, string>>
  /** Those that are not the defaults. */
  readonly settings: Partial<TrainingSettings>
  readonly resume: boolean
  readonly signal: AbortSignal
  readonly observer: Observer
}

export interface LearnedPackage {
  /** SHA-256 of prompt.json: the name under which the package is stored. */
  readonly id: string
  readonly task: string
  readonly bestStep: number
  readonly steps: number
  readonly bytes: number
  /** On dev. */
  readonly metrics: Metrics
  readonly temperature: number
}

/** Inputs of the self-test, and the longest that one may be, in characters. */
const selfTests = 4
const selfTestLength = 2000

/** Where the run that makes `out` keeps its checkpoint. */
export const checkpointOf = (out: string) => `${resolve(out)}.checkpoint`

/** From examples to a prompt package on disk: trains, calibrates on dev, writes. The checkpoint goes when the package is there. */
export async function learnPrompt(options: LearnOptions): Promise<LearnedPackage> {
  const { frozen, observer, task, out } = options
  const model = frozen.package
  const checkpoint = checkpointOf(out)
  checkOutput(out, promptPackage) // now, not after an hour
  checkCheckpoint(checkpoint)
  const given = options.train
  const { seed = defaultSettings.seed } = options.settings
  const [trainSet, dev] = options.dev === undefined ? holdOut(given, seed) : [given, options.dev]
  if (dev.examples.length === 0) {
    throw new SoftPromptError(
      'invalid_data',
      `Cannot hold out a part of ${given.file}: no label has two examples. Add examples, or name others with --dev.`,
    )
  }
  const settings = settingsFor(options.settings, trainSet.examples.length)
  fitContext(settings, model.card.sizes.context)
  fitTemplate(settings, model)
  const cut = cutByWorker(settings.maxTokens)
  if (cut !== null) observer.warn(cut)
  const labels = verbalize(labelsOf(given), options.verbalizers, model.encode)
  fitCard(labels, settings.template)
  for (const warning of sharedTokens(labels)) observer.warn(warning)

  if (!options.resume && existsSync(checkpoint)) {
    observer.warn(`${checkpoint} of an interrupted run will be written over; --resume would have gone on from it`)
  }
  const learned = await train({
    frozen,
    labels,
    train: trainSet,
    dev,
    settings,
    checkpoint,
    resume: options.resume,
    signal: options.signal,
    observer,
  })
  const { scores, answers, selfTest } = await scoreDev(frozen, learned, labels, dev, settings, options.signal).catch((cause) => {
    if (!(cause instanceof SoftPromptError) || cause.code !== 'interrupted') throw cause
    throw new SoftPromptError('interrupted', 'Stopped while measuring what was learned. Go on with --resume.', { cause })
  })
  const temperature = bestTemperature(scores, answers, labels.length)
  const metrics = metricsOf(scores, answers, labels.length, temperature)

  const { accuracy, macroF1, loss, majority } = metrics
  const data = (set: Dataset) => ({ examples: set.examples.length, sha256: set.sha256 })
  const files = await makePromptFiles(
    {
      task,
      method: settings.method,
      virtualTokens: settings.virtualTokens,
      base: { hash: model.card.baseHash, name: model.card.name, weights: model.card.weights, graphVersion: model.card.graphVersion },
      labels: [...labels],
      template: settings.template,
      maxTokens: settings.maxTokens,
      labelRows: settings.labelRows,
      temperature,
      training: { ...settings, stepsDone: learned.steps, bestStep: learned.bestStep } as unknown as PromptCard['training'],
      data: { train: data(trainSet), dev: data(dev) },
      metrics: { accuracy, macroF1, loss, majority },
      selfTest,
    },
    learned.parameters,
    learned.labelRows,
    model.card,
  )
  await writePromptPackage(out, files)
  rmSync(checkpoint, { force: true })
  const bytes = Object.values(files).reduce((sum, file) => sum + file.length, 0)
  return { id: await sha256(files['prompt.json']), task, bestStep: learned.bestStep, steps: learned.steps, bytes, metrics, temperature }
}

/** The scores of dev under the learned prompt, and a few of its texts with theirs. */
async function scoreDev(
  frozen: FrozenModel,
  learned: Learned,
  labels: readonly Label[],
  dev: Dataset,
  settings: TrainingSettings,
  signal: AbortSignal,
) {
  const encode = compileTemplate(settings.template, frozen.package.encode, frozen.package.card.tokens, settings.maxTokens)
  const texts = dev.examples.map(({ text }) => encode(text))
  const scores = await scoreTexts(frozen, texts, learned.prefix, learned.labelRows, signal)
  const answers = dev.examples.map(({ label }) => labelIndex(labels, label, dev.file))
  const selfTest = dev.examples
    .map(({ text }, i) => ({ text, scores: Array.from(scores[i] as Float64Array) }))
    .filter(({ text }) => text.length <= selfTestLength)
    .slice(0, selfTests)
  return { scores, answers, selfTest }
}

function fitTemplate({ template, maxTokens }: TrainingSettings, { encode, card }: ModelPackage): void {
  try {
    compileTemplate(template, encode, card.tokens, maxTokens)
  } catch (cause) {
    if (!(cause instanceof SoftPromptError)) throw cause
    throw new SoftPromptError('usage', cause.message, { cause }) // here it is no package that is wrong
  }
}

/** What the package's card could not hold is refused before training, not after. */
function fitCard(labels: readonly Label[], template: string): void {
  const checked = PromptCard.pick({ labels: true, template: true }).safeParse({ labels, template })
  if (checked.success) return
  const issue = checked.error.issues[0]
  const at = issue?.path[0] === 'labels' ? `label ${excerpt(labels[Number(issue.path[1])]?.label)}` : 'the template'
  throw new SoftPromptError('invalid_data', `Cannot learn with ${at}: ${issue?.path.at(-1)?.toString()}: ${issue?.message}.`)
}

function fitContext({ virtualTokens, maxTokens }: TrainingSettings, context: number): void {
  if (virtualTokens + maxTokens <= context) return
  throw new SoftPromptError(
    'usage',
    `Cannot use ${virtualTokens} virtual tokens with --max-tokens ${maxTokens}: the model's context is ${context} positions. Lower one of the two.`,
  )
}
