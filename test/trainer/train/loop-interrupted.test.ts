import { describe, expect, test } from 'vitest'
import { namesOf } from '../../../shared/names-of.ts'
import type { TrainingEvent } from '../../../trainer/train/events.ts'
import * as optimizers from '../../../trainer/train/optimizers/table.ts'
import { smallRuns } from '../../fixtures/training-run.ts'

const { idle, interrupted, learn, learnedMethods, statesOf, stepsOf } = await smallRuns()

/** Events without what the clock tells. */
const timeless = (events: readonly TrainingEvent[]) =>
  events.map((event) => (event.type === 'step' ? { ...event, examplesPerSecond: 0, secondsLeft: 0 } : event)) // biome-ignore format: one thought

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
