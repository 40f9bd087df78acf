import { describe, expect, test } from 'vitest'
import type { TrainingEvent } from '../../../trainer/train/events.ts'
import { type Learned, trainingLoop } from '../../../trainer/train/loop.ts'
import { drain } from '../../fixtures/training.ts'
import { smallRuns } from '../../fixtures/training-run.ts'

const { idle, interrupted, learn, runOf, statesOf, stepsOf } = await smallRuns()

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
