import { describe, expect, test } from 'vitest'
import { Prompt } from '../../../shared/engine/prompt.ts'
import { labelScores } from '../../../shared/engine/scores.ts'
import { learn } from '../../../trainer/train/job.ts'
import type { GivenSettings } from '../../../trainer/train/settings.ts'
import { kindsJob } from '../../fixtures/kinds-job.ts'
import { drain } from '../../fixtures/training.ts'

const { dev, packageOf, run, shipped, small, train } = await kindsJob()

describe('the linear probe', () => {
  const withProbe = (settings: GivenSettings = {}) => run({ ...settings, probe: true })

  test('is packaged where it does better on dev, as a prompt of no positions that says so', async () => {
    const { result, events } = await withProbe({ learningRate: 1e-9, headInit: 'zeros', headLearningRate: 1e-9 })
    expect(events.filter(({ type }) => type === 'baseline').map((event) => 'name' in event && event.name)).toEqual([
      'zero-shot',
      'linear probe',
    ])
    expect(result.method).toBe('probe')
    expect(result.overProbe!.difference).toBeLessThan(0)
    expect(result.metrics.accuracy).toBe(result.baselines.probe!.accuracy)
    const { card, stored, probe, labelRows, bias } = await packageOf(result.files)
    expect(card).toMatchObject({ method: 'probe', virtualTokens: 0, positionOffset: 0, training: { steps: 2, bestStep: 0 } })
    expect(stored).toEqual({ kind: 'prefix', prefix: { length: 0, keyValues: new Float32Array() } })
    expect(probe).toEqual({ labelRows, bias })
    expect(card.baselines.probe).toEqual({ ...result.baselines.probe })
  })

  test('stands beside a prompt that does better, which is packaged', async () => {
    const { result } = await drain(learn({ model: shipped, task: 'kinds', train, dev, verbalizers: {}, resume: () => null, signal: new AbortController().signal, settings: { virtualTokens: 8, steps: 60, evaluateEvery: 20 } })) // biome-ignore format: one call
    const prompt = await Prompt.load(result.files, 'it', shipped.frozen)
    expect(result.metrics.accuracy).toBeGreaterThanOrEqual(result.baselines.probe!.accuracy)
    expect(prompt.length).toBe(result.method === 'prefix' ? 8 : 0)
    expect((await packageOf(result.files, shipped)).probe).not.toBeNull()
  })

  test('is a method: no step is taken, and no prompt learned', async () => {
    const { result, events } = await run({ method: 'probe' })
    expect(events.some(({ type }) => type === 'step')).toBe(false)
    expect(result).toMatchObject({ method: 'probe', steps: 0, bestStep: 0, overProbe: null })
    const prompt = await Prompt.load(result.files, 'it', small.frozen)
    expect(prompt.ready.fed).toBeNull()
    for (const { text, scores } of prompt.card.selfTest) {
      const [hidden] = await small.frozen.hidden([prompt.row(text)], [prompt.ready])
      expect({ int8: Array.from(labelScores(hidden!, prompt)) }).toEqual(scores)
    }
  })

  test('may be where the label rows begin, but not without it', async () => {
    const { result } = await withProbe({ headInit: 'probe', headLearningRate: 1e-9, learningRate: 1e-9 })
    const { labelRows, probe } = await packageOf(result.files)
    expect(Math.max(...labelRows.map((value, i) => Math.abs(value - probe!.labelRows[i]!)))).toBeLessThan(1e-6)
    await expect(run({ headInit: 'probe' })).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('--no-probe') })
  })
})
