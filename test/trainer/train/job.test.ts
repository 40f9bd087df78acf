import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Prompt } from '../../../shared/engine/prompt.ts'
import { labelScores } from '../../../shared/engine/scores.ts'
import { namesOf } from '../../../shared/names-of.ts'
import { valuesOf } from '../../../trainer/evaluate/metrics.ts'
import { llama } from '../../../trainer/import/architectures/llama.ts'
import * as initializers from '../../../trainer/train/initializers/table.ts'
import { learn } from '../../../trainer/train/job.ts'
import * as methods from '../../../trainer/train/methods/table.ts'
import { type GivenSettings, settingsFor } from '../../../trainer/train/settings.ts'
import { kindsJob } from '../../fixtures/kinds-job.ts'
import { drain } from '../../fixtures/training.ts'

const { cardOf, dataset, dev, example, packageOf, run, shipped, small, train, warnings } = await kindsJob()

describe.each(namesOf(methods).filter((name) => !methods[name].empty))('method %s', (method) => {
  test('learns what the frozen model alone does not know, and the package gives the scores that the trainer saw', async () => {
    const { result } = await run({ method, virtualTokens: 8, steps: 60, evaluateEvery: 20 }, { model: shipped })
    expect(result.metrics.majority).toBe(0.5)
    expect(result.metrics.accuracy).toBeGreaterThan(0.8)

    const prompt = await Prompt.load(result.files, 'it', shipped.frozen)
    expect(prompt.card.selfTest).toHaveLength(4)
    for (const { text, scores } of prompt.card.selfTest) {
      const [hidden] = await shipped.frozen.hidden([prompt.row(text)], [prompt.ready])
      expect({ int8: Array.from(labelScores(hidden!, prompt)) }).toEqual(scores) // bit for bit, alone and in dev's batches
    }
  })
})

test('the frozen weights never move', async () => {
  const hash = () =>
    ['model.onnx', 'model.onnx.data'].map((name) =>
      createHash('sha256')
        .update(readFileSync(`models/tiny-lm/${name}`))
        .digest('hex'),
    )
  const answers = () => shipped.frozen.hidden([{ inputIds: [0, 500, 600, 700] }], [shipped.frozen.unprompted])
  const [files, answer] = [hash(), await answers()]
  await run({ method: 'prompt' }, { model: shipped })
  expect(hash()).toEqual(files)
  expect(await answers()).toEqual(answer)
})

describe('a package', () => {
  test('says what it was made of and with, and its settings are a run’s whole settings', async () => {
    const learned = await run({ learningRate: 0.01 })
    const card = cardOf(learned)
    const { baseHash, name, weights, graphVersion } = small.opened.card
    const { metrics, temperature, bestStep, steps } = learned.result
    expect(card).toMatchObject({
      ...{
        task: 'kinds',
        kind: 'prefix',
        method: 'prefix',
        virtualTokens: 4,
        positionOffset: 4,
        readout: 'last',
        template: '{text} It was',
      },
      answer: { type: 'softmax', version: 1, temperature },
      base: { hash: baseHash, name, weights, graphVersion },
      data: { train: { examples: 48, sha256: train.sha256 }, dev: { examples: 16, sha256: dev.sha256 } },
      settings: settingsFor({ virtualTokens: 4, steps: 2, evaluateEvery: 2, learningRate: 0.01, probe: false }, 48, llama.defaults),
      training: { steps, bestStep },
    })
    const figures = valuesOf(metrics)
    expect(card.metrics).toEqual(figures)
    expect(card.labels.map(({ label }) => label)).toEqual(['animal', 'place'])
    const { 'prompt.json': __, ...peft } = learned.result.files
    expect(Object.keys(peft).sort()).toEqual(Object.keys(card.files).sort())
  })

  test('is the same for the same job, whatever its clock says', async () => {
    expect((await run()).result).toEqual((await run()).result)
  })

  test('has the words that are chosen for its labels', async () => {
    const card = cardOf(await run({}, { verbalizers: { animal: 'beast' } }))
    expect(card.labels.map(({ verbalizer }) => verbalizer)).toEqual(['beast', 'place'])
  })

  test('tests itself on texts of dev that are not long', async () => {
    const long = 'x'.repeat(2001)
    const card = cardOf(await run({}, { dev: dataset('dev.jsonl', [example(long, 'animal'), ...dev.examples]) }))
    expect(card.selfTest.map(({ text }) => text)).toEqual(dev.examples.slice(0, 4).map(({ text }) => text))
  })

  test('has the vocabulary’s own rows under a fixed head, and others under a learned one', async () => {
    const words = small.opened.outputRows(cardOf(await run()).labels.map(({ token }) => token))
    expect(await packageOf((await run({ head: 'fixed' })).result.files)).toMatchObject({ labelRows: words, bias: new Float32Array(2) })
    const learned = await packageOf((await run({ head: 'learned' })).result.files)
    expect(learned.labelRows).not.toEqual(words)
    expect(learned.bias).not.toEqual(new Float32Array(2))
  })

  test.each(namesOf(initializers))('begun from %s depends on the seed alone', async (init) => {
    const learned = []
    for (const seed of [1, 1, 2]) {
      const { result } = await run({ method: 'prompt', init, initText: 'Is it an animal or a place?', seed })
      learned.push(result.files['adapter_model.safetensors'])
    }
    expect(learned[1]).toEqual(learned[0])
    expect(learned[2]).not.toEqual(learned[0])
  })
})

describe('dev', () => {
  test('is a part of the training examples where none is given: of each label, and by the seed', async () => {
    const held = async (seed: number) => cardOf(await drainWithoutDev({ seed }))
    const card = await held(0)
    expect(card.data).toEqual({ train: { examples: 42, sha256: train.sha256 }, dev: { examples: 6, sha256: train.sha256 } })
    expect((await held(0)).selfTest).toEqual(card.selfTest)
    expect((await held(1)).selfTest.map(({ text }) => text)).not.toEqual(card.selfTest.map(({ text }) => text))
  })

  const drainWithoutDev = (settings: GivenSettings, from = train) => {
    const { signal } = new AbortController()
    return drain(learn({ model: small, task: 'kinds', train: from, verbalizers: {}, resume: () => null, signal, settings: { virtualTokens: 4, steps: 2, probe: false, ...settings } })) // biome-ignore format: one call
  }

  test('can not be held out where no label has two different texts', async () => {
    const few = dataset('few.jsonl', [example('one', 'a'), example('two', 'b')])
    await expect(drainWithoutDev({}, few)).rejects.toMatchObject({
      code: 'invalid_data',
      message: expect.stringMatching(/hold out a part of few\.jsonl: no label has two different texts/),
    })
  })

  test('with a label that training has not is refused by its file', async () => {
    const odd = dataset('odd.jsonl', [example('We talked of rain', 'weather')])
    await expect(run({}, { dev: odd })).rejects.toThrow(/odd\.jsonl: label "weather" is not one of/)
  })
})

test('class weights move answers to the label that counts more, and choose by macro-F1', async () => {
  const skewed = dataset('skewed.jsonl', train.examples.filter(({ label }, n) => label === 'animal' || n % 6 === 0)) // biome-ignore format: one call
  const settings = { virtualTokens: 4, steps: 20, evaluateEvery: 20, probe: false }
  const recall = async (given: GivenSettings) => {
    const { tallies } = (await run({ ...settings, ...given }, { model: shipped, train: skewed })).result.metrics
    return tallies[1]!.hits / tallies[1]!.labelled
  }
  expect(await recall({ classWeights: { place: 30 } })).toBeGreaterThan(await recall({}))
  const { overProbe, overZeroShot } = (
    await run({ ...settings, probe: true, classWeights: { place: 30 } }, { model: shipped, train: skewed })
  ).result
  expect([overProbe?.metric, overZeroShot.metric]).toEqual(['macroF1', 'macroF1'])
  await expect(run({ classWeights: { weather: 2 } })).rejects.toThrow(/Cannot use class weight weather=2: there is no such label/)
})

test('who stops early, since the examples are learned, is not still improving', async () => {
  const improving = async (given: GivenSettings) => {
    const { bestStep, steps, stillImproving } = (await run({ evaluateEvery: 3, ...given })).result
    return [bestStep, steps, stillImproving]
  }
  expect(await improving({ steps: 3 })).toEqual([3, 3, true])
  expect(await improving({ steps: 9, minLoss: 1e9 })).toEqual([3, 3, false])
})

test('dropout is the same in every run, and another prompt than without', async () => {
  const learned = async (given: GivenSettings) => (await packageOf((await run(given)).result.files)).stored
  expect(await learned({ dropout: 0.3 })).toEqual(await learned({ dropout: 0.3 }))
  expect(await learned({ dropout: 0.3 })).not.toEqual(await learned({}))
})

describe('a wanted precision', () => {
  test('is kept on dev by withholding answers, as the package does', async () => {
    const { result } = await run({ virtualTokens: 8, steps: 30, evaluateEvery: 30, precision: 0.95 }, { model: shipped })
    const { answer, metrics } = cardOf({ result })
    expect(answer).toMatchObject({ type: 'softmax', version: 2, thresholds: [expect.any(Number), expect.any(Number)] })
    expect(result.abstaining!.accuracy).toBeGreaterThanOrEqual(0.95)
    expect(metrics).toMatchObject({ coverage: result.abstaining!.coverage, answeredAccuracy: result.abstaining!.accuracy })
  })

  test('that no answer has is told, and nothing is answered', async () => {
    const odd = dataset('odd.jsonl', dev.examples.map(({ text, label }) => example(text, label === 'animal' ? 'place' : 'animal'))) // biome-ignore format: one call
    const ran = await run({ virtualTokens: 8, steps: 30, evaluateEvery: 30, precision: 1, chooseBy: 'loss' }, { model: shipped, dev: odd })
    expect(ran.result.abstaining).toEqual({ coverage: 0, accuracy: null })
    expect(warnings(ran)).toContainEqual(
      expect.stringMatching(/no answer on dev is right as often as a precision of 1 asks.*every text will be answered null/),
    )
  })
})

test('a label may be called as anything that objects have', async () => {
  const named = (label: string) => (label === 'animal' ? 'constructor' : label)
  const odd = dataset('odd-names.jsonl', train.examples.map(({ text, label }, n) => ({ text, label: named(label), ...(n % 2 === 0 && { probabilities: { [named(label)]: 1 } }) }))) // biome-ignore format: one call
  const { result } = await run({ probe: true }, { train: odd, dev: dataset('dev.jsonl', dev.examples.map(({ text, label }) => ({ text, label: named(label) }))) }) // biome-ignore format: one call
  expect(result.labels).toEqual(['constructor', 'place'])
  expect(result.baselines.probe!.accuracy).toBeGreaterThan(0.5)
})
