import { describe, expect, test } from 'vitest'
import { DifferentiableModel } from '../../../trainer/autodiff/differentiable-model.ts'
import { trainingLoop } from '../../../trainer/train/loop.ts'
import { drain } from '../../fixtures/training.ts'
import { smallRuns } from '../../fixtures/training-run.ts'

const { interrupted, learn, learnedMethods, model, runOf, tensorFlow } = await smallRuns()

const { tf } = tensorFlow
const { opened } = model

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
