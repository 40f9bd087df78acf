import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { labelScores, softmax } from '../../../shared/engine/scores.ts'
import { promptValues } from '../../../shared/formats/peft.ts'
import { namesOf } from '../../../shared/names-of.ts'
import { DifferentiableModel } from '../../../trainer/autodiff/differentiable-model.ts'
import { batchOrder } from '../../../trainer/data/batches.ts'
import { criteriaBy } from '../../../trainer/evaluate/better.ts'
import type { MetricValues } from '../../../trainer/evaluate/metrics.ts'
import { valuesOf } from '../../../trainer/evaluate/metrics.ts'
import { llama } from '../../../trainer/import/architectures/llama.ts'
import { openModel } from '../../../trainer/import/open-model.ts'
import { seededRandom } from '../../../trainer/random.ts'
import { loadTensorFlow } from '../../../trainer/tensorflow.ts'
import { placementOf } from '../../../trainer/train/check-job.ts'
import type { TrainingEvent } from '../../../trainer/train/events.ts'
import { vocabulary } from '../../../trainer/train/initializers/vocabulary.ts'
import { type Learned, type TrainingRun, trainingLoop } from '../../../trainer/train/loop.ts'
import type { Method } from '../../../trainer/train/methods/method.ts'
import * as methods from '../../../trainer/train/methods/table.ts'
import { headValues } from '../../../trainer/train/objectives/label-head.ts'
import * as optimizers from '../../../trainer/train/optimizers/table.ts'
import { type GivenSettings, settingsFor } from '../../../trainer/train/settings.ts'
import { firstState, type TrainingState } from '../../../trainer/train/state.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { drain } from '../../fixtures/training.ts'

const directory = join(temporaryFolder(), 'model')
await writeSmallModel(directory)
const tensorFlow = await loadTensorFlow()
const { tf } = tensorFlow
const model = await DifferentiableModel.open(openModel(directory), { threads: 1 })
afterAll(() => model.close())
const { opened, frozen } = model

const learnedMethods = namesOf(methods).filter((name) => !methods[name].empty)

/** Rows whose label is the parity of one of their tokens. */
const examples = (count: number, seed: number) => {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => {
    const inputIds = [0, ...Array.from({ length: 1 + Math.floor(random() * 8) }, () => 1 + Math.floor(random() * 90))]
    return { inputIds, right: inputIds[1]! % 2 }
  })
}
const [train, dev] = [examples(20, 1), examples(9, 2)]
const labelRows = () => headValues({ labelRows: opened.outputRows([5, 6]), bias: new Float32Array(2) })

/** What a run begins with. */
async function initial(settings: TrainingRun['settings']): Promise<TrainingState> {
  const { virtualTokens, seed } = settings
  const table = vocabulary.table({ model: opened, virtualTokens, labels: [], random: seededRandom(seed, 1) })
  const method: Method = methods[settings.method]
  const variables = await method.variables({ table: () => table, prefix: () => frozen.compile(table) }, opened.card.sizes)
  const moving = settings.head === 'learned' ? { ...variables, ...labelRows() } : variables
  return firstState('it', 'a test', moving)
}

async function runOf(given: GivenSettings, rest: Partial<TrainingRun> = {}): Promise<TrainingRun> {
  const settings = settingsFor({ virtualTokens: 3, batchSize: 4, steps: 6, evaluateEvery: 2, ...given }, train.length, llama.defaults)
  const { signal } = new AbortController()
  const state = rest.state ?? (await initial(settings))
  const chosen = { labelWeights: null, criteria: criteriaBy('accuracy') }
  return {
    model,
    tensorFlow,
    settings,
    train,
    dev,
    placement: placementOf(frozen.card, settings),
    fixed: labelRows(),
    signal,
    ...chosen,
    ...rest,
    state,
  }
}
const learn = async (given: GivenSettings, rest: Partial<TrainingRun> = {}) =>
  drain<TrainingEvent, Learned>(trainingLoop(await runOf(given, rest)))

/** The state of a run that is interrupted when `steps` steps are done. */
async function interrupted(given: GivenSettings, steps: number, rest: Partial<TrainingRun> = {}): Promise<TrainingState> {
  const controller = new AbortController()
  if (steps === 0) controller.abort()
  const events: TrainingEvent[] = []
  const run = drain<TrainingEvent, Learned>(trainingLoop(await runOf(given, { ...rest, signal: controller.signal })), (event) => {
    events.push(event)
    if (event.type === 'step' && event.step === steps) controller.abort()
  })
  await expect(run).rejects.toMatchObject({ code: 'interrupted', message: expect.stringMatching(`^Stopped after step ${steps} of `) })
  const last = events.at(-1)!
  if (last.type !== 'state') throw new Error('an interrupted run tells its state last')
  expect(last.state.step).toBe(steps)
  return last.state
}

/** Events without what the clock tells. */
const timeless = (events: readonly TrainingEvent[]) =>
  events.map((event) => (event.type === 'step' ? { ...event, examplesPerSecond: 0, secondsLeft: 0 } : event)) // biome-ignore format: one thought
const stepsOf = (events: readonly TrainingEvent[]) => events.flatMap((event) => (event.type === 'step' ? [event] : []))
const statesOf = (events: readonly TrainingEvent[]) => events.flatMap((event) => (event.type === 'state' ? [event.state] : []))
/** Nothing gets better. */
const idle = { learningRate: 1e-12, head: 'fixed' } as const

describe('events', () => {
  test('tell of every step, before it of its evaluation, and last of its state, which whoever goes on from it begins behind', async () => {
    const { events } = await learn({ steps: 5, evaluateEvery: 2 })
    const told = ['step', 'evaluated', 'step', 'state', 'step', 'evaluated', 'step', 'state', 'evaluated', 'step', 'state', 'ended'] // the last step is evaluated too
    expect(events.map(({ type }) => type)).toEqual(told)
    expect(stepsOf(events).map(({ step, steps }) => [step, steps])).toEqual([1, 2, 3, 4, 5].map((step) => [step, 5]))
    expect(statesOf(events).map(({ step }) => step)).toEqual([2, 4, 5])
  })

  test('give the mean loss of the steps since the evaluation before', async () => {
    const { events } = await learn({ steps: 5, evaluateEvery: 2 })
    const losses = stepsOf(events).map(({ loss }) => loss)
    const means = [(losses[0]! + losses[1]!) / 2, (losses[2]! + losses[3]!) / 2, losses[4]!]
    expect(events.flatMap((event) => (event.type === 'evaluated' ? [event.trainLoss] : []))).toEqual(means)
  })

  test('say how dev did at the last evaluation, and nothing before the first', async () => {
    const { events } = await learn({ learningRate: 0.5 })
    let last: MetricValues | null = null
    for (const event of events) {
      if (event.type === 'evaluated') last = valuesOf(event.metrics)
      if (event.type === 'step') expect(event.dev).toEqual(last)
    }
    expect(last).not.toBeNull()
  })

  test('say which evaluation is the best so far, and the states keep it, also where a better one comes late', async () => {
    let late = 0
    for (const [seed, learningRate] of [
      [0, 0.5],
      [0, 1],
      [0, 3],
      [2, 0.5],
    ] as const) {
      // biome-ignore format: a table
      const { events, result } = await learn({ steps: 12, evaluateEvery: 1, patience: 12, seed, learningRate })
      const evaluated = events.flatMap((event) => (event.type === 'evaluated' ? [event] : []))
      expect(evaluated[0]!.best).toBe(true)
      expect(result.bestStep).toBe(evaluated.findLast(({ best }) => best)!.step)
      let [before, stale] = [evaluated[0]!, 0]
      for (const [i, { step, metrics, best }] of evaluated.entries()) {
        if (best && stale > 0) late++
        if (best) [before, stale] = [evaluated[i]!, 0]
        else stale++
        const values = valuesOf(before.metrics)
        expect(metrics.accuracy).toBeLessThanOrEqual(values.accuracy)
        expect(statesOf(events)[i]).toMatchObject({ step, best: { step: before.step, metrics: values }, stale })
      }
    }
    expect(late).toBeGreaterThan(0)
  })

  test('give the loss of the batch before its step, in nats', async () => {
    const run = await runOf({ steps: 1, method: 'prompt' })
    const { events } = await drain<TrainingEvent, Learned>(trainingLoop(run))
    const batch = batchOrder(train.map(({ inputIds }) => inputIds.length), 4, run.settings.seed)(0).map((i) => train[i]!) // biome-ignore format: one thought
    const { shape, data } = run.state.variables.prompt_embeddings!
    const prompt = await frozen.ready(
      { kind: 'table', table: { type: 'float32', dims: shape, data } },
      placementOf(frozen.card, run.settings),
    )
    const hidden = await frozen.hidden(batch, [prompt])
    const head = { labelRows: labelRows().label_rows.data, bias: new Float32Array(2) }
    const losses = batch.map(({ right }, b) => -Math.log(softmax(labelScores(hidden[b]!, head))[right]!))
    expect(stepsOf(events)[0]!.loss).toBeCloseTo(losses.reduce((sum, loss) => sum + loss) / 4, 4)
  })

  test('count the rows that there are, where a batch has fewer than it may', async () => {
    const { events } = await learn({ steps: 3, batchSize: 16 }, { train: train.slice(0, 5) })
    const { examplesPerSecond, secondsLeft } = stepsOf(events)[0]!
    expect((examplesPerSecond * secondsLeft) / 2).toBeCloseTo(5, 9)
  })
})

describe('what is learned', () => {
  test.each(learnedMethods)('by method %s has moved, is of its kind, and scores dev as it says', async (name) => {
    const run = await runOf({ method: name })
    const { result } = await drain<TrainingEvent, Learned>(trainingLoop(run))
    expect(result.stored.kind).toBe(methods[name].kind)
    const numbers = promptValues(result.stored)
    const [begun] = Object.values(run.state.variables)
    expect(numbers).toHaveLength(begun!.data.length)
    expect(numbers).not.toEqual(begun!.data)
    expect(result.steps).toBe(6)
    const prompt = await frozen.ready(result.stored, run.placement)
    for (const [i, row] of dev.entries()) {
      const [hidden] = await frozen.hidden([row], [prompt])
      expect(result.scores[i]).toEqual(labelScores(hidden!, result))
    }
  })

  test('leaves the state that it began with as it was', async () => {
    const run = await runOf({})
    const before = structuredClone(run.state)
    await drain(trainingLoop(run))
    expect(run.state).toEqual(before)
  })

  test('has label rows that moved where they are learned, and the given ones where they are fixed', async () => {
    const given = labelRows().label_rows.data
    expect((await learn({ head: 'learned' })).result.labelRows).not.toEqual(given)
    const { labelRows: fixed, bias } = (await learn({ head: 'fixed' })).result
    expect(fixed).toEqual(given)
    expect(bias).toEqual(new Float32Array(2))
  })

  test('moves each at its own rate', async () => {
    const { state } = await runOf({ method: 'prompt' })
    const moved = async (given: GivenSettings) => {
      const { stored, labelRows: rows } = (await learn({ method: 'prompt', steps: 1, warmup: 0, ...given })).result
      if (stored.kind !== 'table') throw new Error('it is a table')
      const furthest = (now: Float32Array, before: Float32Array) => Math.max(...now.map((value, i) => Math.abs(value - before[i]!)))
      return {
        prompt: furthest(stored.table.data, state.variables.prompt_embeddings!.data),
        head: furthest(rows, labelRows().label_rows.data),
      }
    }
    // AdamW's first step is as long as its rate
    const { prompt, head } = await moved({ learningRate: 0.5, headLearningRate: 0.125 })
    expect(prompt).toBeCloseTo(0.5, 3)
    expect(head).toBeCloseTo(0.125, 3)
  })

  test('depends on the seed, on label smoothing and on the z-loss', async () => {
    const learned = []
    for (const given of [{}, {}, { seed: 1 }, { labelSmoothing: 0.1 }, { zLoss: 0.01 }]) learned.push((await learn(given)).result.stored)
    expect(learned[1]).toEqual(learned[0])
    for (const other of learned.slice(2)) expect(other).not.toEqual(learned[0])
  })

  test('is the prompt of the best evaluation, not of the last', async () => {
    let early = 0
    for (const seed of [0, 1, 2]) {
      const { events, result } = await learn({ steps: 12, seed, learningRate: 3, headLearningRate: 3, warmup: 0 })
      const at = statesOf(events).find(({ step }) => step === result.bestStep)!
      expect(result.stored).toMatchObject({ kind: 'prefix', prefix: { keyValues: at.variables.key_values!.data } })
      expect(at.bestVariables).toEqual(at.variables)
      if (result.bestStep < result.steps) early++
    }
    expect(early).toBeGreaterThan(0)
  })
})

describe('an interrupted run', () => {
  const cases = learnedMethods.flatMap((method) => namesOf(optimizers).map((optimizer) => ({ method, optimizer })))
  test.each(cases)('goes on from between any two steps to the same, bit for bit ($method, $optimizer)', async (given) => {
    const whole = await learn(given)
    for (const steps of [0, 1, 3, 5]) {
      const resumed = await learn(given, { state: await interrupted(given, steps) })
      expect(resumed.result).toEqual(whole.result)
      const rest = timeless(whole.events.slice(whole.events.findIndex((event) => event.type === 'step' && event.step === steps) + 1))
      expect(timeless(resumed.events).map(unknownBefore)).toEqual(rest.map(unknownBefore))
    }
  })

  test('goes on from each state that it told of, the last one too', async () => {
    const whole = await learn({ steps: 5, evaluateEvery: 2 })
    for (const state of statesOf(whole.events)) {
      const { result, events } = await learn({ steps: 5, evaluateEvery: 2 }, { state })
      expect(result).toEqual(whole.result)
      expect(stepsOf(events)).toHaveLength(5 - state.step)
    }
  })

  test('whose best is from before gives the same as one that was not', async () => {
    const given = { ...idle, steps: 40, evaluateEvery: 2, patience: 2 }
    const whole = await learn(given)
    expect(whole.result.bestStep).toBeLessThan(whole.result.steps - 1)
    const state = await interrupted(given, whole.result.steps - 1)
    expect((await learn(given, { state })).result).toEqual(whole.result)
  })

  test('tells, when it goes on, of no figures but those of its last evaluation', async () => {
    const given = { steps: 12, learningRate: 3, headLearningRate: 3, warmup: 0 }
    const whole = await learn(given)
    const told = new Map(stepsOf(whole.events).map(({ step, dev }) => [step, dev]))
    for (const state of statesOf(whole.events)) {
      for (const { step, dev } of stepsOf((await learn(given, { state })).events)) if (dev !== null) expect(dev).toEqual(told.get(step))
    }
  })

  test('may be interrupted again, also while it measures its best', async () => {
    const given = { ...idle, patience: 1 }
    const whole = await learn(given)
    const twice = await interrupted(given, 3, { state: await interrupted(given, 1) })
    expect((await learn(given, { state: twice })).result).toEqual(whole.result)
    const controller = new AbortController()
    controller.abort()
    const last = statesOf(whole.events).at(-1)!
    await expect(learn(given, { state: last, signal: controller.signal })).rejects.toMatchObject({ code: 'interrupted' })
  })
})

/** What a resumed run can't know: the figures of an evaluation before it that was not the best. */
function unknownBefore(event: TrainingEvent): TrainingEvent {
  return event.type === 'step' ? { ...event, dev: null } : event
}

describe('training stops', () => {
  test.each([1, 3])('after %i evaluations without a better one', async (patience) => {
    const { result, events } = await learn({ ...idle, steps: 60, evaluateEvery: 1, patience })
    expect(result.steps).toBeLessThan(60)
    expect(result.steps - result.bestStep).toBe(patience)
    expect(statesOf(events).at(-1)!.stale).toBe(patience)
    expect(events.at(-1)).toEqual({ type: 'ended', step: result.steps, steps: 60, bestStep: result.bestStep, patience, learned: false })
  })

  describe('once the examples are learned:', () => {
    const lossesOf = (events: readonly TrainingEvent[]) => events.flatMap((event) => (event.type === 'evaluated' ? [event.trainLoss] : []))
    const given = { steps: 15, evaluateEvery: 5, minLoss: 0 } // 20 examples are five steps of four

    test('at the first evaluation before which the loss was low enough', async () => {
      const [first, ...later] = lossesOf((await learn(given)).events) as [number, number, number]
      const lowest = Math.min(...later)
      expect(lowest).toBeLessThan(first)
      const { result, events } = await learn({ ...given, steps: 20, minLoss: lowest + 1e-9 })
      expect(result.steps).toBe(5 * (2 + later.indexOf(lowest)))
      expect(events.at(-1)).toMatchObject({ type: 'ended', learned: true })
      expect((await learn({ ...given, minLoss: first + 1e-9 })).result.steps).toBe(5)
    })

    test('of a whole pass, however often dev is looked at', async () => {
      const { events } = await learn({ ...given, minLoss: 1e9, evaluateEvery: 2 })
      expect(events.at(-1)).toMatchObject({ type: 'ended', step: 6, learned: true }) // the first evaluation behind five steps
      const pass = stepsOf(events).slice(-5).reduce((sum, { loss }) => sum + loss, 0) / 5 // biome-ignore format: one thought
      expect((await learn({ ...given, minLoss: pass + 1e-9, evaluateEvery: 2 })).result.steps).toBe(6)
      expect((await learn({ ...given, minLoss: pass - 1e-9, evaluateEvery: 2 })).result.steps).toBeGreaterThan(6)
    })

    test('but at the last step it does not stop early', async () => {
      const { events } = await learn({ ...given, steps: 5, minLoss: 1e9 })
      expect(events.at(-1)).toMatchObject({ type: 'ended', step: 5, learned: false })
    })

    test('also where the steps before it are of a run that was interrupted', async () => {
      const [first, second] = lossesOf((await learn(given)).events) as [number, number]
      expect(second).toBeLessThan(first)
      const until = { ...given, minLoss: second + 1e-9 }
      const whole = await learn(until)
      expect(whole.events.at(-1)).toMatchObject({ type: 'ended', step: 10, steps: 15, learned: true })
      for (const steps of [1, 4, 7, 9]) {
        const resumed = await learn(until, { state: await interrupted(until, steps) })
        expect(resumed.result).toEqual(whole.result)
      }
      const after = await learn(until, { state: statesOf(whole.events).at(-1)! })
      expect(after.result).toEqual(whole.result)
      expect(stepsOf(after.events)).toEqual([])
    })

    test('with all their labels, where they have several', async () => {
      const several = { ...given, objective: 'multilabel' } as const
      const [first] = lossesOf((await learn(several)).events) as [number] // of two labels the mean
      expect((await learn({ ...several, minLoss: 2 * first + 1e-9 })).result.steps).toBe(5)
      expect((await learn({ ...several, minLoss: 1.9 * first })).result.steps).toBeGreaterThan(5)
    })
  })

  test('where the loss is no number, and names the step, the batch and the settings', async () => {
    await expect(learn({ learningRate: 1e39, warmup: 0, evaluateEvery: 6 })).rejects.toMatchObject({
      code: 'diverged',
      message: expect.stringMatching(
        /The loss is (NaN|-?Infinity)\. It was step 2, a batch of 4 rows of up to \d tokens, method prefix, learning rate 1e\+39\. Try a lower --learning-rate\./,
      ),
    })
  })

  test('where the loss on dev is no number, before it tells a state', async () => {
    const events: TrainingEvent[] = []
    const run = drain<TrainingEvent, Learned>(trainingLoop(await runOf({ steps: 1, learningRate: 1e39, head: 'fixed', warmup: 0 })), (event) => events.push(event)) // biome-ignore format: one thought
    await expect(run).rejects.toMatchObject({
      code: 'diverged',
      message: expect.stringMatching(/The loss on dev is NaN\. It was step 1, /),
    })
    expect(events).toEqual([])
  })
})

describe('no tensor is left', () => {
  /** How many more there are after `work`. */
  async function left(work: () => Promise<unknown>): Promise<number> {
    const before = tf.memory().numTensors
    await work()
    return tf.memory().numTensors - before
  }

  test.each(learnedMethods)('by a run that ends (%s)', async (method) => {
    expect(await left(() => learn({ method }))).toBe(0)
  })

  test('by one that diverges, and by one that is interrupted', async () => {
    const diverging = () => expect(learn({ learningRate: 1e39, warmup: 0 })).rejects.toMatchObject({ code: 'diverged' })
    expect(await left(diverging)).toBe(0)
    expect(await left(() => interrupted({}, 3))).toBe(0)
  })

  test('by one whose model fails', async () => {
    const closed = await DifferentiableModel.open(opened, { threads: 1 })
    const run = await runOf({}, { model: closed })
    await closed.close()
    expect(await left(() => expect(drain(trainingLoop(run))).rejects.toThrow())).toBe(0)
  })

  test.each(['step', 'evaluated', 'state'] as const)('by one that nobody listens to any more, after an event %s', async (type) => {
    const listening = async () => {
      for await (const event of trainingLoop(await runOf({}))) if (event.type === type) break
    }
    expect(await left(listening)).toBe(0)
  })
})
