import type { Placement } from '../../shared/engine/families/family.ts'
import { SoftPromptError } from '../../shared/error.ts'
import type { StoredPrompt } from '../../shared/formats/peft.ts'
import type { LabelHead } from '../../shared/formats/prompt-package.ts'
import type { DifferentiableModel } from '../autodiff/differentiable-model.ts'
import type { StepRow } from '../autodiff/step.ts'
import { batchOrder } from '../data/batches.ts'
import { type Criteria, isBetter } from '../evaluate/better.ts'
import { metricsOf, valuesOf } from '../evaluate/metrics.ts'
import { scoreRows } from '../evaluate/score.ts'
import type { LoadedTensorFlow, Variable } from '../tensorflow.ts'
import { answerAt } from './candidate.ts'
import { dropoutOf } from './dropout.ts'
import type { TrainingEvent } from './events.ts'
import { madeOf, pullThrough } from './made-prompt.ts'
import type { Method } from './methods/method.ts'
import * as methods from './methods/table.ts'
import type { Objective, TrainingExample, Weighting } from './objectives/objective.ts'
import * as objectives from './objectives/table.ts'
import * as optimizers from './optimizers/table.ts'
import type { Parameters } from './parameters.ts'
import { rateFactor } from './rate-factor.ts'
import * as schedules from './schedules/table.ts'
import type { TrainingSettings } from './settings.ts'
import type { TrainingState } from './state.ts'
import { stopwatch } from './stopwatch.ts'
import { TrainableVariables } from './trainable-variables.ts'

export interface TrainingRun {
  readonly model: DifferentiableModel
  readonly tensorFlow: LoadedTensorFlow
  readonly settings: TrainingSettings
  readonly train: readonly TrainingExample[]
  readonly dev: readonly TrainingExample[]
  /** Where the texts stand behind the prompt, and what of them is scored. */
  readonly placement: Placement
  /** What an example of each label counts, [C]; null where all count alike. */
  readonly labelWeights: Float32Array | null
  /** What the best step is chosen by. */
  readonly criteria: Criteria
  /** What the objective learns besides the prompt, where it is no variable of the state. */
  readonly fixed: Parameters
  readonly state: TrainingState
  readonly signal: AbortSignal
}

/** A learned prompt, as it was at its best evaluation. */
export interface Learned extends LabelHead {
  readonly stored: StoredPrompt
  /** Of each label for every row of dev. */
  readonly scores: readonly Float64Array[]
  readonly bestStep: number
  /** Steps done. */
  readonly steps: number
}

/**
 * Learns a prompt from a state on: its first steps, or a later one. The model's weights stay as they are. Throws `diverged` where a loss
 * is not a number, and `interrupted`, after an event with the state, when the signal aborts.
 */
export async function* trainingLoop(run: TrainingRun): AsyncGenerator<TrainingEvent, Learned> {
  const { tensorFlow, settings, state } = run
  const moving = new TrainableVariables(tensorFlow.tf, optimizers[settings.optimizer], state.variables, state.optimizer)
  try {
    return yield* learning(run, moving)
  } finally {
    moving.dispose() // also where a step fails, or nobody listens any more
  }
}

async function* learning(run: TrainingRun, moving: TrainableVariables): AsyncGenerator<TrainingEvent, Learned> {
  const { model, settings, train, dev, placement, fixed, signal, criteria } = run
  const { tf } = run.tensorFlow
  const method: Method = methods[settings.method]
  const objective: Objective = objectives[settings.objective]
  const loss = objective.loss(settings)
  const batches = batchOrder(train.map(({ inputIds }) => inputIds.length), settings.batchSize, settings.seed) // biome-ignore format: one thought
  const { own, besides } = parted(moving.variables, objective)
  const right = dev.map((example) => example.right)
  const weighting = { labelWeights: run.labelWeights }
  const { computedBy, run: identity } = run.state
  let { step, best, stale, learned, bestVariables } = run.state
  let latest = stale === 0 && best !== null ? best.metrics : null // of the last evaluation, where a state tells of it
  let bestScores: Float64Array[] | null = null
  const pace = stopwatch()
  const losses = [...run.state.losses]
  const pass = Math.ceil(train.length / settings.batchSize) // steps

  const state = (): TrainingState => ({
    ...{ run: identity, computedBy, step, best, stale, losses: [...losses], learned, bestVariables },
    variables: moving.parameters(),
    optimizer: moving.state(),
  })
  /** What stands before a text and what scores its answer, of the variables. */
  const ready = async (variables: Parameters) => {
    const stored = madeOf(tf, method, variables)
    return { stored, prompt: await model.frozen.ready(stored, placement), head: objective.head({ ...fixed, ...variables }) }
  }

  while (step < settings.steps && stale < settings.patience && !learned) {
    if (signal.aborted) {
      yield { type: 'state', state: state() }
      throw new SoftPromptError('interrupted', `Stopped after step ${step} of ${settings.steps}.`)
    }
    const batch = batches(step).map((i) => train[i] as TrainingExample)
    const variables = moving.parameters()
    const stored = madeOf(tf, method, variables)
    const dropout = dropoutOf(settings.dropout ?? 0, settings.seed, step)
    const prompt = await model.frozen.ready(dropout.thinned(stored), placement) // compiled, where the family compiles what the method makes
    const backward = await model
      .backward({ prompt, loss, rows: stepRows(batch, objective, { ...fixed, ...variables }, { ...settings, ...weighting }) })
      .catch((cause) => {
        throw divergence(cause, step, batch, settings)
      })
    const made = backward.fed === null ? null : await model.pullback(dropout.thinned(stored), backward.fed)
    const gradients = made === null ? {} : pullThrough(tf, method, own, dropout.pullback(made))
    for (const [name, { shape }] of Object.entries(besides)) gradients[name] = tf.tensor(backward.learned[name] as Float32Array, shape)

    const factor = rateFactor(step, schedules[settings.schedule], settings)
    moving.step(step + 1, gradients, (name) =>
      name in own
        ? { learningRate: settings.learningRate * factor, weightDecay: settings.weightDecay }
        : { learningRate: settings.headLearningRate * factor, weightDecay: 0 },
    )
    tf.dispose(gradients)
    losses.push(backward.loss)
    if (losses.length > Math.max(pass, settings.evaluateEvery)) losses.shift()
    step++

    const evaluated = step % settings.evaluateEvery === 0 || step === settings.steps
    if (evaluated) {
      const variables = moving.parameters()
      const { prompt, head } = await ready(variables)
      const scores = await scoreRows(model.frozen, dev, prompt, head)
      const C = head.bias.length
      const metrics = metricsOf(scores, right, C, answerAt(1, scores, right, C, objective, settings).rule)
      const lost = criteria.find((name) => !Number.isFinite(metrics[name]))
      if (lost !== undefined) {
        throw divergence(new SoftPromptError('diverged', `The ${lost} on dev is ${metrics[lost]}.`), step - 1, batch, settings)
      }
      const values = valuesOf(metrics)
      const better = best === null || isBetter(values, best.metrics, criteria)
      if (better) {
        best = { step, metrics: values }
        bestVariables = variables
        bestScores = scores
        stale = 0
      } else stale++
      latest = values
      const since = ((step - 1) % settings.evaluateEvery) + 1 // steps since the evaluation before
      const trainLoss = mean(losses.slice(-since))
      learned = losses.length >= pass && objective.lossOfText(mean(losses.slice(-Math.max(since, pass))), C) < settings.minLoss
      yield { type: 'evaluated', step, steps: settings.steps, trainLoss, metrics, best: better }
    }
    yield { type: 'step', step, steps: settings.steps, loss: backward.loss, dev: latest, ...pace(batch.length, settings.steps - step) }
    if (evaluated) yield { type: 'state', state: state() } // last: who goes on from it has been told of all that was before
  }

  if (best === null) throw new Error('training ended without an evaluation')
  yield {
    type: 'ended',
    step,
    steps: settings.steps,
    bestStep: best.step,
    patience: settings.patience,
    learned: learned && step < settings.steps,
  }
  const { stored, prompt, head } = await ready(bestVariables)
  const scores = bestScores ?? (await scoreRows(model.frozen, dev, prompt, head, signal)) // resumed, and nothing better found since
  return { stored, ...head, scores, bestStep: best.step, steps: step }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The prompt's own variables, and those that the objective learns besides. */
function parted(variables: Readonly<Record<string, Variable>>, { learns }: Objective) {
  const part = (besides: boolean) => Object.fromEntries(Object.entries(variables).filter(([name]) => learns.includes(name) === besides))
  return { own: part(false), besides: part(true) }
}

/** The rows of a step whose loss is the mean of theirs, each by its weight. */
function stepRows(
  batch: readonly TrainingExample[],
  objective: Objective,
  values: Parameters,
  settings: TrainingSettings & Weighting,
): StepRow[] {
  const feeds = objective.feeds(batch, values, settings)
  return batch.map((example, i) => {
    const positions = objective.positions(example)
    const row = {
      inputIds: example.inputIds,
      weight: objective.weight(example, settings) / batch.length,
      feeds: feeds[i] as StepRow['feeds'],
    }
    return positions === undefined ? row : { ...row, positions }
  })
}

/** What to say of a loss that is not a number; any other failure as it came. */
function divergence(cause: unknown, step: number, batch: readonly TrainingExample[], { learningRate, method }: TrainingSettings): unknown {
  if (!(cause instanceof SoftPromptError) || cause.code !== 'diverged') return cause
  const tokens = Math.max(...batch.map(({ inputIds }) => inputIds.length))
  return new SoftPromptError(
    'diverged',
    `${cause.message} It was step ${step + 1}, a batch of ${batch.length} rows of up to ${tokens} tokens, method ${method}, learning rate ${learningRate}. Try a lower --learning-rate.`,
    { cause },
  )
}
