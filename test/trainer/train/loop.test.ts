import { describe, expect, test } from 'vitest'
import { labelScores } from '../../../shared/engine/scores.ts'
import { promptValues } from '../../../shared/formats/peft.ts'
import type { TrainingEvent } from '../../../trainer/train/events.ts'
import { type Learned, trainingLoop } from '../../../trainer/train/loop.ts'
import * as methods from '../../../trainer/train/methods/table.ts'
import type { GivenSettings } from '../../../trainer/train/settings.ts'
import { drain } from '../../fixtures/training.ts'
import { smallRuns } from '../../fixtures/training-run.ts'

const { dev, labelRows, learn, learnedMethods, model, runOf, statesOf } = await smallRuns()

const { frozen } = model

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
