import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { Prompt } from '../../../shared/engine/prompt.ts'
import { labelScores } from '../../../shared/engine/scores.ts'
import { maxBytes, maxRowTokens } from '../../../shared/formats/limits.ts'
import { type PromptFiles, parsePromptCard, readPromptPackage } from '../../../shared/formats/prompt-package.ts'
import { namesOf } from '../../../shared/names-of.ts'
import { DifferentiableModel } from '../../../trainer/autodiff/differentiable-model.ts'
import type { Dataset } from '../../../trainer/data/dataset.ts'
import { valuesOf } from '../../../trainer/evaluate/metrics.ts'
import { llama } from '../../../trainer/import/architectures/llama.ts'
import { openModel } from '../../../trainer/import/open-model.ts'
import type { TrainingEvent } from '../../../trainer/train/events.ts'
import * as initializers from '../../../trainer/train/initializers/table.ts'
import { type Job, learn } from '../../../trainer/train/job.ts'
import type { LearnedPackage } from '../../../trainer/train/learned-package.ts'
import * as methods from '../../../trainer/train/methods/table.ts'
import { type GivenSettings, settingsFor } from '../../../trainer/train/settings.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { drain } from '../../fixtures/training.ts'

const directory = join(temporaryFolder(), 'model')
await writeSmallModel(directory)
const [shipped, small] = [
  await DifferentiableModel.open(openModel('models/tiny-lm')),
  await DifferentiableModel.open(openModel(directory), { threads: 1 }),
]
afterAll(() => Promise.all([shipped.close(), small.close()]))

/** Two labels that a word gives away. */
const animals = ['cat', 'dog', 'horse', 'bird', 'cow', 'fish', 'sheep', 'lion']
const places = ['London', 'Paris', 'Rome', 'Boston', 'Berlin', 'Chicago', 'India', 'Spain']
const example = (text: string, label: string) => ({ text, label })
const framed = (...frames: ((word: string) => string)[]) =>
  frames.flatMap((frame) => [
    ...animals.map((word) => example(frame(word), 'animal')),
    ...places.map((word) => example(frame(word), 'place')),
  ])
const dataset = (file: string, examples: Dataset['examples']): Dataset => ({
  file,
  sha256: createHash('sha256').update(file).digest('hex'),
  examples,
})
const train = dataset('train.jsonl', framed((w) => `I saw ${w} today`, (w) => `Tell me about the ${w}`, (w) => `${w} , they said`)) // biome-ignore format: a table
const dev = dataset(
  'dev.jsonl',
  framed((w) => `We talked of ${w} again`),
)

type Rest = Partial<Omit<Job, 'settings'>>

/** All that a job tells, and its package. */
function run(settings: GivenSettings = {}, rest: Rest = {}): Promise<{ events: TrainingEvent[]; result: LearnedPackage }> {
  const { signal } = new AbortController()
  const job = { model: small, task: 'kinds', train, dev, verbalizers: {}, resume: () => null, signal, ...rest }
  return drain(learn({ ...job, settings: { virtualTokens: 4, steps: 2, evaluateEvery: 2, probe: false, ...settings } }))
}
const warnings = ({ events }: { events: readonly TrainingEvent[] }) =>
  events.flatMap((event) => (event.type === 'warning' ? [event.message] : []))
const cardOf = ({ result }: { result: LearnedPackage }) => parsePromptCard(result.files['prompt.json'], 'it')
const packageOf = (files: PromptFiles, model = small) => readPromptPackage(files, model.opened.card, 'it')

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

describe('what a run is known by', () => {
  /** The identity under which a job asks for a state to go on from. */
  async function identity(settings: GivenSettings = {}, rest: Rest = {}): Promise<string> {
    const asked: string[] = []
    const stop = (name: string) => {
      asked.push(name)
      throw new Error('asked')
    }
    await expect(run(settings, { ...rest, resume: stop })).rejects.toThrow('asked')
    return asked[0]!
  }

  test('is the model, the examples of each split, the labels’ words and every setting', async () => {
    const same = await identity()
    expect(await identity()).toBe(same)
    const moved = { train: dataset('train.jsonl', train.examples.slice(2)), dev: dataset('dev.jsonl', [...dev.examples, ...train.examples.slice(0, 2)]) } // biome-ignore format: one thought
    const others = [
      await identity({}, { model: shipped }),
      await identity({}, moved),
      await identity({}, { train: dataset('train.jsonl', train.examples.toReversed()) }),
      await identity({}, { verbalizers: { animal: 'beast' } }),
      await identity({ seed: 1 }),
      await identity({ learningRate: 0.5 }),
      await identity({ maxTokens: 127 }),
      await identity({ initText: 'x' }),
    ]
    expect(new Set([same, ...others]).size).toBe(others.length + 1)
  })

  test('is not where its files lie, nor a setting that is spelt out', async () => {
    const elsewhere = { train: { ...train, file: 'elsewhere.jsonl' }, dev: { ...dev, file: 'there.jsonl' } }
    expect(await identity({ seed: 0, batchSize: 16 }, elsewhere)).toBe(await identity())
  })
})

describe('a warning tells', () => {
  test('of a state that something else has computed, and the states after it say what did', async () => {
    const first = await run()
    const state = first.events.flatMap((event) => (event.type === 'state' ? [event.state] : [])).at(-1)!
    expect(warnings(first)).not.toContainEqual(expect.stringContaining('may differ'))
    const resumed = await run({}, { resume: () => ({ ...state, computedBy: '7 threads of something' }) })
    expect(warnings(resumed)).toContainEqual(
      expect.stringMatching(/made by 7 threads of something, and here are 1 threads .*: the result may differ/),
    )
    expect(resumed.result).toEqual(first.result)
    expect(warnings(await run({}, { resume: () => state }))).not.toContainEqual(expect.stringContaining('may differ'))
  })

  test('of an evaluation in which every answer is the same class, each time', async () => {
    const one = dataset('dev.jsonl', [example('We talked of cat again', 'animal')])
    const { events } = await run({ steps: 4, evaluateEvery: 2 }, { dev: one })
    const told = events.flatMap((event, i) => (event.type === 'evaluated' ? [events[i + 1]] : []))
    for (const [i, warning] of told.entries()) {
      const message = expect.stringMatching(
        `^after step ${2 + 2 * i} every answer on dev is "(animal|place)": .*--learning-rate or --method`,
      )
      expect(warning).toEqual({ type: 'warning', message })
    }
    expect(told).toHaveLength(2)
  })

  test('of texts that were cut, in which file and how many', async () => {
    const long = dataset('dev.jsonl', [example('x'.repeat(500), 'animal'), ...dev.examples])
    expect(warnings(await run({}, { dev: long }))).toContain('1 of 17 texts in dev.jsonl were cut to fit --max-tokens')
    expect(warnings(await run()).filter((message) => message.includes('cut to fit'))).toEqual([])
  })

  test('of a model that no Worker holds', async () => {
    const directory = join(temporaryFolder(), 'large')
    await writeSmallModel(directory, { weightBytes: maxBytes.model })
    const large = await DifferentiableModel.open(openModel(directory), { threads: 1 })
    expect(warnings(await run({}, { model: large }))).toContainEqual(
      expect.stringMatching(
        /^model .* does not fit a Worker: it has 58\.\d MB, .*take a smaller model, or answer it from another machine with softprompt serve$/,
      ),
    )
    await large.close()
  })

  test('of rows that the Worker would cut, and of labels that begin alike', async () => {
    expect(warnings(await run({ maxTokens: maxRowTokens + 1, virtualTokens: 4 }, { model: shipped }))).toContainEqual(
      expect.stringContaining('MAX_ROW_TOKENS'),
    )
    expect(warnings(await run({}, { verbalizers: { animal: 'pet' } }))).toContainEqual(
      expect.stringMatching(/labels "animal", "place" begin with the same token/),
    )
  })
})

describe('refused before the first step', () => {
  const refused = async (settings: GivenSettings, rest: Rest, code: string, message: RegExp) => {
    const told: string[] = []
    const { signal } = new AbortController()
    const job = { model: small, task: 'kinds', train, dev, verbalizers: {}, resume: () => null, signal, ...rest }
    const learning = drain(learn({ ...job, settings: { steps: 1, ...settings } }), ({ type }) => void told.push(type))
    await expect(learning).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
    expect(told.filter((type) => !['data', 'warning', 'baseline'].includes(type))).toEqual([])
  }

  test('are labels whose fixed rows would be the same, or say nothing', async () => {
    await refused({ head: 'fixed' }, { verbalizers: { animal: 'pet', place: 'pets' } }, 'usage', /would have the same row/)
    await refused({ head: 'fixed', headInit: 'zeros' }, {}, 'usage', /rows of zeros fixed/)
  })

  test('is a label that no card holds', () =>
    refused(
      {},
      { train: dataset('train.jsonl', [...train.examples, example('x', 'a'.repeat(300))]) },
      'invalid_data',
      /Cannot learn with label aaa.*Too big/,
    ))

  test('is a prompt that does not fit the context with the texts', () =>
    refused(
      { virtualTokens: 8, maxTokens: 505 },
      {},
      'usage',
      /8 virtual tokens with --max-tokens 505: the model's context is 512 positions/,
    ))

  test('is a template that leaves no room for a text, as the user’s to mend', () =>
    refused({ maxTokens: 4, template: '{text} and so on' }, {}, 'usage', /Cannot use template/))

  test('is a text to begin from that was not given', () => refused({ init: 'text' }, {}, 'usage', /Add --init-text/))

  test('is a single label, and a word for one that is not there', async () => {
    await refused(
      {},
      { train: dataset('train.jsonl', [example('a', 'x'), example('b', 'x')]) },
      'invalid_data',
      /train\.jsonl: it has only one label/,
    )
    await refused({}, { verbalizers: { planet: 'Mars' } }, 'usage', /no such label/)
  })
})

describe('several labels a text', () => {
  const several = ({ file, examples }: Dataset): Dataset =>
    dataset(
      file,
      examples.flatMap(({ text, label }, n) => {
        const other = examples[(n * 5 + 1) % examples.length]!
        return [
          { text, label, labels: [label] },
          { text: `${text} . ${other.text}`, label: 'both', labels: [...new Set([label, other.label])].sort() },
          ...(n % 8 === 0 ? [{ text: `Nothing number ${n} here`, label: '(none)', labels: [] }] : []),
        ]
      }),
    )
  const given = { train: several(train), dev: several(dev), model: shipped }

  test('are learned where the examples have lists, each with its own threshold', async () => {
    const ran = await run({ virtualTokens: 8, steps: 60, evaluateEvery: 20, probe: true }, given)
    const { metrics, labels, abstaining } = ran.result
    expect(labels).toEqual(['animal', 'place'])
    expect(metrics.microF1).toBeGreaterThan(0.85)
    expect(metrics.confusion).toBeNull()
    expect(metrics.microF1).toBeGreaterThanOrEqual(ran.result.baselines.probe!.microF1)
    expect(abstaining).toBeNull()
    const prompt = await Prompt.load(ran.result.files, 'it', shipped.frozen)
    expect(prompt.card).toMatchObject({ answer: { type: 'sigmoid', version: 1 }, settings: { objective: 'multilabel' } })
    const row = prompt.row('We talked of cat again . We talked of Paris again')
    const answer = prompt.answer(row, (await shipped.frozen.hidden([row], [prompt.ready]))[0]!)
    const reached = labels.filter((label, c) => answer.probabilities[label]! >= prompt.rule.thresholds![c]!)
    expect(answer.labels?.toSorted()).toEqual(reached)
    expect(answer.label).toBe(answer.labels?.[0])
  })

  test('are refused by the objective of one', async () => {
    await expect(run({ objective: 'classification' }, given)).rejects.toThrow(
      'Cannot learn from train.jsonl with objective classification: its examples have lists of labels.',
    )
  })

  test('may be learned of examples that have one each', async () => {
    const { result } = await run({ objective: 'multilabel' })
    expect(result.metrics.confusion).toBeNull()
    expect(parsePromptCard(result.files['prompt.json'], 'it').answer.type).toBe('sigmoid')
  })
})

describe('examples whose labels are known by probabilities', () => {
  const soft = (sure: number) =>
    dataset(
      `soft-${sure}.jsonl`,
      train.examples.map(({ text, label }) => ({
        text,
        label,
        probabilities: { animal: label === 'animal' ? sure : 1 - sure, place: label === 'place' ? sure : 1 - sure },
      })),
    )

  test('are learned as they are, by the probe as well', async () => {
    const settings = { virtualTokens: 8, steps: 30, evaluateEvery: 30, probe: true }
    const [sure, hard] = [await run(settings, { model: shipped, train: soft(1) }), await run(settings, { model: shipped })]
    expect(sure.result.metrics).toEqual(hard.result.metrics) // probabilities of 1 and 0 are labels
    const doubtful = await run(settings, { model: shipped, train: soft(0.6) })
    const margins = ({ result }: { result: LearnedPackage }) =>
      cardOf({ result }).selfTest.reduce((sum, { scores }) => sum + Math.abs(scores.int8![0]! - scores.int8![1]!), 0)
    expect(margins(doubtful)).toBeLessThan(margins(sure)) // it learned to doubt
    expect(doubtful.result.metrics.accuracy).toBeGreaterThan(0.7)
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

test('probabilities of which one label is right are not learned as several labels', async () => {
  const soft = dataset('soft.jsonl', train.examples.map((each) => ({ ...each, probabilities: { [each.label]: 1 } }))) // biome-ignore format: one call
  await expect(run({ objective: 'multilabel' }, { train: soft })).rejects.toThrow(/say how likely each label is, of which one is right/)
})
