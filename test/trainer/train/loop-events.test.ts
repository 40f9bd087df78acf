import { describe, expect, test } from 'vitest'
import { labelScores, softmax } from '../../../shared/engine/scores.ts'
import { batchOrder } from '../../../trainer/data/batches.ts'
import type { MetricValues } from '../../../trainer/evaluate/metrics.ts'
import { valuesOf } from '../../../trainer/evaluate/metrics.ts'
import { placementOf } from '../../../trainer/train/check-job.ts'
import type { TrainingEvent } from '../../../trainer/train/events.ts'
import { type Learned, trainingLoop } from '../../../trainer/train/loop.ts'
import { drain } from '../../fixtures/training.ts'
import { smallRuns } from '../../fixtures/training-run.ts'

const { labelRows, learn, model, runOf, statesOf, stepsOf, train } = await smallRuns()

const { frozen } = model

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
