import { createHash } from 'node:crypto'
import { SoftPromptError } from '../shared/error.ts'
import type { Prefix } from '../shared/model-inputs.ts'
import { compileTemplate, type EncodedText } from '../shared/template.ts'
import { type FloatTensor, float32 } from '../shared/tensor.ts'
import { loadCheckpoint, saveCheckpoint, type TrainingState } from './checkpoint.ts'
import { batchOrder } from './data/batches.ts'
import type { Dataset } from './data/examples.ts'
import { type Label, labelIndex } from './data/verbalizers.ts'
import { scoreTexts } from './evaluate.ts'
import type { FrozenModel } from './frozen-model.ts'
import { Optimizer } from './optimizer/optimizers.ts'
import { rateFactor } from './optimizer/schedule.ts'
import { initialPrompt } from './prompt/initialize.ts'
import { type Method, methods, type Parameters } from './prompt/methods.ts'
import { type Metrics, metricsOf, onlyAnswer } from './report/metrics.ts'
import type { TrainingSettings } from './settings.ts'
import { loadTensorFlow, type Tensor, type TensorFlow } from './tensorflow.ts'

/** What training tells while it runs. */
export interface Observer {
  step(progress: { step: number; steps: number; loss: number; accuracy: number | null; examplesPerSecond: number; secondsLeft: number }): void
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
  readonly parameters: { readonly method: 'prompt'; readonly promptTable: FloatTensor } | { readonly method: 'prefix'; readonly prefix: Prefix }
  /** The prefix that the model makes of them. */
  readonly prefix: Prefix
  /** [C, H] */
  readonly labelRows: Float32Array
  /** The step of the best evaluation, and how many were done. */
  readonly bestStep: number
  readonly steps: number
}

const labelVariable = 'label_rows'

/** Learns a prompt. The model's weights stay as they are. Throws `interrupted`, with a checkpoint left, when the signal aborts. */
export async function train(run: TrainingRun): Promise<Learned> {
  const { frozen, settings, observer } = run
  const model = frozen.package
  const method = methods[settings.method]
  const { tf } = await loadTensorFlow()

  const encode = compileTemplate(settings.template, model.encode, model.card.tokens, settings.maxTokens)
  const examples = encodeExamples(run.train, run.labels, encode, observer)
  const dev = encodeExamples(run.dev, run.labels, encode, observer)
  const batches = batchOrder(
    examples.map(({ inputIds }) => inputIds.length),
    settings.batchSize,
    settings.seed,
  )

  const identity = runIdentity(run)
  const state = run.resume ? loadCheckpoint(run.checkpoint, identity) : await beginning(run, method, identity)
  const fixedRows = model.outputRows(run.labels.map(({ token }) => token))
  const optimizer = new Optimizer(tf, settings.optimizer, state.variables, state.optimizer)
  let { step, best, stale, bestVariables } = state
  let accuracy = best?.accuracy ?? null
  const checkpoint = () => saveCheckpoint(run.checkpoint, { run: identity, step, best, stale, bestVariables, variables: optimizer.parameters(), optimizer: optimizer.state() })
  const pace = stopwatch(step)

  while (step < settings.steps && stale < settings.patience) {
    if (run.signal.aborted) {
      checkpoint()
      throw new SoftPromptError('interrupted', `Stopped after step ${step} of ${settings.steps}. Go on with --resume.`)
    }
    const batch = batches(step).map((i) => examples[i] as LabelledText)
    const learned = await makePrefix(frozen, method, optimizer.variables, tf)
    const labelRows = float32([run.labels.length, model.card.sizes.hidden], rowsOf(optimizer, fixedRows))

    const rows = batch.map(({ inputIds, label }) => ({ inputIds, label, answer: inputIds.length - 1, prefix: learned.prefix }))
    const { loss, prefixGradient, labelRowsGradient } = await frozen.backward(rows, labelRows, settings).catch((cause) => {
      throw cause instanceof SoftPromptError && cause.code === 'diverged' ? divergence(cause, step, batch, settings) : cause
    })
    const gradient = method.gives === 'prefix' ? prefixGradient.keyValues : await frozen.pullback(learned.made as FloatTensor, prefixGradient)
    const gradients = pullThrough(tf, method, optimizer.variables, gradient)
    if (labelVariable in optimizer.variables) gradients[labelVariable] = tf.tensor(labelRowsGradient, [...labelRows.dims])

    const factor = rateFactor(step, settings)
    optimizer.step(step + 1, gradients, (variable) =>
      variable === labelVariable
        ? { learningRate: settings.labelLearningRate * factor, weightDecay: 0 }
        : { learningRate: settings.learningRate * factor, weightDecay: settings.weightDecay },
    )
    for (const tensor of Object.values(gradients)) tensor.dispose()
    step++

    if (step % settings.evaluateEvery === 0 || step === settings.steps) {
      const { prefix } = await makePrefix(frozen, method, optimizer.variables, tf)
      const scores = await scoreTexts(frozen, dev, prefix, rowsOf(optimizer, fixedRows))
      const metrics = metricsOf(scores, dev.map(({ label }) => label), run.labels.length) // biome-ignore format: one thought
      const better = best === null || metrics.accuracy > best.accuracy || (metrics.accuracy === best.accuracy && metrics.loss < best.loss)
      if (better) {
        best = { step, accuracy: metrics.accuracy, loss: metrics.loss }
        bestVariables = optimizer.parameters()
        stale = 0
      } else stale++
      accuracy = metrics.accuracy
      observer.evaluated({ step, metrics, best: better })
      const only = onlyAnswer(metrics)
      if (only !== null) observer.warn(`after step ${step} every answer on dev is ${JSON.stringify(run.labels[only]?.label)}: the prompt has learned nothing yet. If it stays so, try another --learning-rate or --method.`)
      checkpoint()
    }
    observer.step({ step, steps: settings.steps, loss, accuracy, ...pace(step, settings) })
  }

  optimizer.dispose()
  return finish(frozen, method, tf, { best, bestVariables, steps: step, fixedRows })
}

interface LabelledText extends EncodedText {
  readonly label: number
}

function encodeExamples({ file, examples }: Dataset, labels: readonly Label[], encode: (text: string) => EncodedText, { warn }: Observer): LabelledText[] {
  const rows = examples.map(({ text, label }) => ({ ...encode(text), label: labelIndex(labels, label, file) }))
  const cut = rows.filter(({ truncated }) => truncated).length
  if (cut > 0) warn(`${cut} of ${rows.length} texts in ${file} were cut to fit --max-tokens`)
  return rows
}

/** The state before the first step: the prompt's variables at their beginning and, where they are learned, the label rows. */
async function beginning({ frozen, settings, labels }: TrainingRun, method: Method, run: string): Promise<TrainingState> {
  const model = frozen.package
  const { init, virtualTokens, seed, initText } = settings
  const promptTable = initialPrompt(init, { model, virtualTokens, labels, seed, ...(initText === undefined ? {} : { text: initText }) })
  const variables = method.make({ promptTable, prefix: await frozen.compile(promptTable) }, model.card.sizes)
  if (settings.labelRows === 'learned') {
    const rows = model.outputRows(labels.map(({ token }) => token))
    variables[labelVariable] = { shape: [labels.length, model.card.sizes.hidden], data: rows }
  }
  return { run, step: 0, best: null, stale: 0, variables, optimizer: {}, bestVariables: {} }
}

/** What the graph takes, made of the variables, and the prefix that it stands for. */
async function makePrefix(frozen: FrozenModel, method: Method, variables: Record<string, Tensor>, tf: TensorFlow) {
  const combined = tf.tidy(() => method.combine(variables, tf).clone())
  const made = float32(combined.shape, Float32Array.from(combined.dataSync()))
  combined.dispose()
  if (method.gives === 'prompt table') return { made, prefix: await frozen.compile(made) }
  return { made, prefix: { length: made.dims[2] as number, keyValues: made.data } }
}

/** d loss / d variables, from d loss / d what `combine` makes of them. */
function pullThrough(tf: TensorFlow, method: Method, variables: Optimizer['variables'], gradient: Float32Array): Record<string, Tensor> {
  const own = Object.entries(variables).flatMap(([name, variable]) => (name === labelVariable ? [] : [variable]))
  const { value, grads } = tf.variableGrads(() => {
    const combined = method.combine(variables, tf)
    return tf.sum(tf.mul(combined, tf.tensor(gradient, combined.shape))).asScalar()
  }, own)
  value.dispose()
  const names = new Map(Object.entries(variables).map(([name, variable]) => [variable.name, name]))
  return Object.fromEntries(Object.entries(grads).map(([id, tensor]) => [names.get(id) as string, tensor]))
}

function rowsOf(optimizer: Optimizer, fixed: Float32Array): Float32Array {
  const learned = optimizer.variables[labelVariable]
  return learned === undefined ? fixed : Float32Array.from(learned.dataSync())
}

interface Finished {
  readonly best: TrainingState['best']
  readonly bestVariables: Parameters
  readonly steps: number
  readonly fixedRows: Float32Array
}

/** The best evaluation's variables as a prompt. */
async function finish(frozen: FrozenModel, method: Method, tf: TensorFlow, { best, bestVariables, steps, fixedRows }: Finished): Promise<Learned> {
  if (best === null) throw new Error('training ended without an evaluation')
  const tensors = Object.fromEntries(Object.entries(bestVariables).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]))
  const { made, prefix } = await makePrefix(frozen, method, tensors, tf)
  for (const tensor of Object.values(tensors)) tensor.dispose()
  return {
    parameters: method.gives === 'prompt table' ? { method: 'prompt', promptTable: made } : { method: 'prefix', prefix },
    prefix,
    labelRows: bestVariables[labelVariable]?.data ?? fixedRows,
    bestStep: best.step,
    steps,
  }
}

/** What two runs must share for one to go on from the other's checkpoint. */
function runIdentity({ frozen, labels, train: trainSet, dev, settings }: TrainingRun): string {
  const { baseHash, weights, graphVersion } = frozen.package.card
  const manifest = { baseHash, weights, graphVersion, labels, train: trainSet.sha256, dev: dev.sha256, settings }
  return createHash('sha256').update(JSON.stringify(manifest)).digest('hex')
}

function divergence(cause: SoftPromptError, step: number, batch: readonly LabelledText[], { learningRate, method }: TrainingSettings): SoftPromptError {
  const tokens = Math.max(...batch.map(({ inputIds }) => inputIds.length))
  return new SoftPromptError('diverged', `${cause.message} It was step ${step + 1}, a batch of ${batch.length} rows of up to ${tokens} tokens, method ${method}, learning rate ${learningRate}. Try a lower --learning-rate.`, { cause })
}

/** Examples a second and the seconds left, over this process's own steps. */
function stopwatch(first: number) {
  const start = performance.now()
  return (step: number, { steps, batchSize }: TrainingSettings) => {
    const secondsPerStep = (performance.now() - start) / 1000 / Math.max(1, step - first)
    return { examplesPerSecond: batchSize / secondsPerStep, secondsLeft: (steps - step) * secondsPerStep }
  }
}
