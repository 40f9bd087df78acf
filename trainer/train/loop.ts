import { createHash } from 'node:crypto'
import type { Prefix } from '../../shared/engine/families/decoder.ts'
import { SoftPromptError } from '../../shared/error.ts'
import type { PromptParameters } from '../../shared/formats/prompt-package.ts'
import { compileTemplate, type EncodedText } from '../../shared/text/template.ts'
import type { FrozenModel } from '../autodiff/frozen-model.ts'
import { batchOrder } from '../data/batches.ts'
import type { Dataset } from '../data/dataset.ts'
import { type Label, labelIndex } from '../data/labels.ts'
import { type Metrics, metricsOf, onlyAnswer } from '../evaluate/metrics/metrics.ts'
import { scoreTexts } from '../evaluate/score.ts'
import { loadTensorFlow } from '../tensorflow.ts'
import { initialPrompt } from './initializers/initialize.ts'
import { type LabelledText, Learner, labelVariable } from './learner.ts'
import { methods } from './methods/methods.ts'
import type { TrainingSettings } from './settings.ts'
import { loadCheckpoint, saveCheckpoint, type TrainingState } from './state.ts'

/** What training tells while it runs. */
export interface Observer {
  step(progress: {
    step: number
    steps: number
    loss: number
    accuracy: number | null
    examplesPerSecond: number
    secondsLeft: number
  }): void
  evaluated(evaluation: { step: number; metrics: Metrics; best: boolean }): void
  warn(message: string): void
}

export interface TrainingRun {
  readonly frozen: FrozenModel
  readonly labels: readonly Label[]
  readonly train: Dataset
  readonly dev: Dataset
  readonly settings: TrainingSettings
  /** Where checkpoints go. */
  readonly checkpoint: string
  readonly resume: boolean
  readonly signal: AbortSignal
  readonly observer: Observer
}

/** A learned prompt, as it was at its best evaluation. */
export interface Learned {
  /** The prompt's own parameters: `prompt_table` or prefix. */
  readonly parameters: PromptParameters
  /** The prefix that the model makes of them. */
  readonly prefix: Prefix
  /** [C, H] */
  readonly labelRows: Float32Array
  /** The step of the best evaluation, and how many were done. */
  readonly bestStep: number
  readonly steps: number
}

/** Learns a prompt. The model's weights stay as they are. Throws `interrupted`, with a checkpoint left, when the signal aborts. */
export async function train(run: TrainingRun): Promise<Learned> {
  const { frozen, settings, observer } = run
  const model = frozen.package
  const { tf, backend } = await loadTensorFlow()

  const encode = compileTemplate(settings.template, model.encode, model.card.tokens, settings.maxTokens)
  const examples = encodeExamples(run.train, run.labels, encode, observer)
  const dev = encodeExamples(run.dev, run.labels, encode, observer)
  const batches = batchOrder(
    examples.map(({ inputIds }) => inputIds.length),
    settings.batchSize,
    settings.seed,
  )

  const identity = runIdentity(run)
  const computedBy = `${frozen.threads} threads of ONNX Runtime and TensorFlow.js's ${backend} backend`
  const state = run.resume ? loadCheckpoint(run.checkpoint, identity) : { ...(await beginning(run, identity)), computedBy }
  if (state.computedBy !== computedBy) {
    observer.warn(`the checkpoint was made by ${state.computedBy}, and here are ${computedBy}: the result may differ in its last digits`)
  }
  const fixedRows = model.outputRows(run.labels.map(({ token }) => token))
  const learner = new Learner(tf, frozen, settings, fixedRows, state)
  let { step, best, stale, bestVariables } = state
  let accuracy = best?.accuracy ?? null
  const checkpoint = () =>
    saveCheckpoint(run.checkpoint, {
      run: identity,
      step,
      best,
      stale,
      computedBy,
      bestVariables,
      variables: learner.variables(),
      optimizer: learner.optimizerState(),
    })
  const pace = stopwatch(step)

  while (step < settings.steps && stale < settings.patience) {
    if (run.signal.aborted) {
      checkpoint()
      throw new SoftPromptError('interrupted', `Stopped after step ${step} of ${settings.steps}. Go on with --resume.`)
    }
    const batch = batches(step).map((i) => examples[i] as LabelledText)
    const { loss } = await learner.step(step, batch).catch((cause) => {
      throw cause instanceof SoftPromptError && cause.code === 'diverged' ? divergence(cause, step, batch, settings) : cause
    })
    step++

    if (step % settings.evaluateEvery === 0 || step === settings.steps) {
      const { prefix } = await learner.prompt()
      const scores = await scoreTexts(frozen, dev, prefix, learner.labelRows())
      const metrics = metricsOf(scores, dev.map(({ label }) => label), run.labels.length) // biome-ignore format: one thought
      if (!Number.isFinite(metrics.loss)) {
        throw divergence(new SoftPromptError('diverged', `The loss on dev is ${metrics.loss}.`), step - 1, batch, settings)
      }
      const better = best === null || metrics.accuracy > best.accuracy || (metrics.accuracy === best.accuracy && metrics.loss < best.loss)
      if (better) {
        best = { step, accuracy: metrics.accuracy, loss: metrics.loss }
        bestVariables = learner.variables()
        stale = 0
      } else stale++
      accuracy = metrics.accuracy
      observer.evaluated({ step, metrics, best: better })
      const only = onlyAnswer(metrics)
      if (only !== null)
        observer.warn(
          `after step ${step} every answer on dev is ${JSON.stringify(run.labels[only]?.label)}: the prompt has learned nothing yet. If it stays so, try another --learning-rate or --method.`,
        )
      checkpoint()
    }
    observer.step({ step, steps: settings.steps, loss, accuracy, ...pace(step, settings) })
  }

  learner.dispose()
  if (best === null) throw new Error('training ended without an evaluation')
  const bestLearner = new Learner(tf, frozen, settings, fixedRows, { variables: bestVariables, optimizer: {} })
  const { parameters, prefix } = await bestLearner.prompt()
  const labelRows = bestLearner.labelRows()
  bestLearner.dispose()
  return { parameters, prefix, labelRows, bestStep: best.step, steps: step }
}

function encodeExamples(
  { file, examples }: Dataset,
  labels: readonly Label[],
  encode: (text: string) => EncodedText,
  { warn }: Observer,
): (EncodedText & LabelledText)[] {
  const rows = examples.map(({ text, label }) => ({ ...encode(text), label: labelIndex(labels, label, file) }))
  const cut = rows.filter(({ truncated }) => truncated).length
  if (cut > 0) warn(`${cut} of ${rows.length} texts in ${file} were cut to fit --max-tokens`)
  return rows
}

/** The state before the first step: the prompt's variables at their beginning and, where they are learned, the label rows. */
async function beginning({ frozen, settings, labels }: TrainingRun, run: string): Promise<Omit<TrainingState, 'computedBy'>> {
  const model = frozen.package
  const { init, virtualTokens, seed, initText } = settings
  const promptTable = initialPrompt(init, { model, virtualTokens, labels, seed, ...(initText === undefined ? {} : { text: initText }) })
  const variables = methods[settings.method].make({ promptTable, prefix: await frozen.compile(promptTable) }, model.card.sizes)
  if (settings.labelRows === 'learned') {
    const rows = model.outputRows(labels.map(({ token }) => token))
    variables[labelVariable] = { shape: [labels.length, model.card.sizes.hidden], data: rows }
  }
  return { run, step: 0, best: null, stale: 0, variables, optimizer: {}, bestVariables: {} }
}

/** What two runs must share for one to go on from the other's checkpoint. */
function runIdentity({ frozen, labels, train: trainSet, dev, settings }: TrainingRun): string {
  const { baseHash, weights, graphVersion } = frozen.package.card
  const manifest = { baseHash, weights, graphVersion, labels, train: trainSet.sha256, dev: dev.sha256, settings }
  return createHash('sha256').update(JSON.stringify(manifest)).digest('hex')
}

function divergence(
  cause: SoftPromptError,
  step: number,
  batch: readonly LabelledText[],
  { learningRate, method }: TrainingSettings,
): SoftPromptError {
  const tokens = Math.max(...batch.map(({ inputIds }) => inputIds.length))
  return new SoftPromptError(
    'diverged',
    `${cause.message} It was step ${step + 1}, a batch of ${batch.length} rows of up to ${tokens} tokens, method ${method}, learning rate ${learningRate}. Try a lower --learning-rate.`,
    { cause },
  )
}

/** Examples a second and the seconds left, over this process's own steps. */
function stopwatch(first: number) {
  const start = performance.now()
  return (step: number, { steps, batchSize }: TrainingSettings) => {
    const secondsPerStep = (performance.now() - start) / 1000 / Math.max(1, step - first)
    return { examplesPerSecond: batchSize / secondsPerStep, secondsLeft: (steps - step) * secondsPerStep }
  }
}
