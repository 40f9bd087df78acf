import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { labelScores } from '../../../shared/engine/scores.ts'
import { promptMethods } from '../../../shared/formats/prompt-card.ts'
import { readPromptPackage } from '../../../shared/formats/prompt-package.ts'
import { compileTemplate } from '../../../shared/text/template.ts'
import { FrozenModel } from '../../../trainer/autodiff/frozen-model.ts'
import { readExamples } from '../../../trainer/data/dataset.ts'
import { openModel } from '../../../trainer/disk/model-package.ts'
import { readPromptFiles } from '../../../trainer/disk/prompt-package.ts'
import { initializations } from '../../../trainer/train/initializers/initialize.ts'
import { checkpointOf, learnPrompt } from '../../../trainer/train/job.ts'
import type { Observer } from '../../../trainer/train/loop.ts'
import { optimizerNames } from '../../../trainer/train/optimizers/optimizers.ts'
import type { TrainingSettings } from '../../../trainer/train/settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'train-'))
const frozen = new FrozenModel(openModel('models/default'))
afterAll(() => frozen.release())

/** Two labels that a word gives away. */
const animals = ['cat', 'dog', 'horse', 'bird', 'cow', 'fish', 'sheep', 'lion']
const places = ['London', 'Paris', 'Rome', 'Boston', 'Berlin', 'Chicago', 'India', 'Spain']
const line = (text: string, label: string) => JSON.stringify({ text, label })
const lines = (frame: (word: string) => string) => [
  ...animals.map((word) => line(frame(word), 'animal')),
  ...places.map((word) => line(frame(word), 'place')),
]
const trainFile = join(folder, 'train.jsonl')
const devFile = join(folder, 'dev.jsonl')
writeFileSync(
  trainFile,
  [...lines((w) => `I saw ${w} today`), ...lines((w) => `Tell me about the ${w}`), ...lines((w) => `${w} , they said`)].join('\n'),
)
writeFileSync(devFile, lines((word) => `We talked of ${word} again`).join('\n'))

const quiet: Observer = { step: () => undefined, evaluated: () => undefined, warn: () => undefined }

function learn(
  name: string,
  settings: Partial<TrainingSettings>,
  rest: { frozen?: FrozenModel; observer?: Observer; resume?: boolean; signal?: AbortSignal } = {},
) {
  return learnPrompt({
    frozen,
    task: 'kinds',
    train: readExamples(trainFile),
    dev: readExamples(devFile),
    out: join(folder, name),
    verbalizers: {},
    settings: { virtualTokens: 8, steps: 8, evaluateEvery: 4, ...settings },
    resume: false,
    signal: new AbortController().signal,
    observer: quiet,
    ...rest,
  })
}

/** Runs until `stopAfter` steps are done, as Ctrl-C would stop it. */
async function interrupted(name: string, settings: Partial<TrainingSettings>, stopAfter: number): Promise<void> {
  const controller = new AbortController()
  const observer = { ...quiet, step: ({ step }: { step: number }) => (step === stopAfter ? controller.abort() : undefined) }
  await expect(learn(name, settings, { observer, signal: controller.signal })).rejects.toMatchObject({
    code: 'interrupted',
    message: expect.stringMatching(new RegExp(`after step ${stopAfter} of .*--resume`)),
  })
}

describe.each(promptMethods)('method %s', (method) => {
  test('learns what the frozen model alone does not know, and the package gives the scores that the trainer saw', async () => {
    const settings = { method, steps: 60, evaluateEvery: 20 }
    const { metrics } = await learn(`learned-${method}`, settings)
    expect(metrics.majority).toBe(0.5)
    expect(metrics.accuracy).toBeGreaterThan(0.8)

    const model = frozen.package
    const { card, parameters, labelRows } = await readPromptPackage(readPromptFiles(join(folder, `learned-${method}`)), model.card, 'it')
    expect(card.selfTest).toHaveLength(4)
    const encode = compileTemplate(card.template, model.encode, model.card.tokens, card.maxTokens)
    const prefix = parameters.method === 'prefix' ? parameters.prefix : await frozen.compile(parameters.promptTable)
    for (const { text, scores } of card.selfTest) {
      const { inputIds } = encode(text)
      const hidden = await frozen.hidden([{ inputIds, answer: inputIds.length - 1, prefix }])
      expect(Array.from(labelScores(hidden, labelRows))).toEqual(scores) // bit for bit, alone and in dev's batches
    }
  })

  test.each(optimizerNames)('a run resumed from a checkpoint ends in the same package (%s)', async (optimizer) => {
    const whole = await learn(`whole-${method}-${optimizer}`, { method, optimizer })
    const name = `resumed-${method}-${optimizer}`
    await interrupted(name, { method, optimizer }, 6)
    const resumed = await learn(name, { method, optimizer }, { resume: true })
    expect(resumed.id).toBe(whole.id)
    expect(existsSync(checkpointOf(join(folder, name)))).toBe(false)
  })
})

test('a run resumed on another number of threads says so', async () => {
  await interrupted('moved', {}, 2)
  const elsewhere = new FrozenModel(frozen.package, { threads: frozen.threads + 1 })
  const warnings: string[] = []
  await learn('moved', {}, { resume: true, frozen: elsewhere, observer: { ...quiet, warn: (message) => warnings.push(message) } })
  await elsewhere.release()
  expect(warnings).toContainEqual(expect.stringMatching(/made by \d+ threads .* and here are \d+ threads .*may differ/))
})

test('the frozen weights never move', async () => {
  const hash = () =>
    ['model.onnx', 'model.onnx.data'].map((name) =>
      createHash('sha256')
        .update(readFileSync(`models/default/${name}`))
        .digest('hex'),
    )
  const probe = { inputIds: [0, 500, 600, 700], answer: 3, prefix: null }
  const [files, answer] = [hash(), await frozen.hidden([probe])]
  await learn('unmoved', { method: 'prompt', steps: 2 })
  expect(hash()).toEqual(files)
  expect(await frozen.hidden([probe])).toEqual(answer)
})

test('fixed label rows are the vocabulary’s own, learned ones are not', async () => {
  const rows = async (name: string) => (await readPromptPackage(readPromptFiles(join(folder, name)), frozen.package.card, name)).labelRows
  await learn('fixed', { labelRows: 'fixed', steps: 2 })
  await learn('moved', { labelRows: 'learned', steps: 2 })
  const tokens = ['animal', 'place'].map((word) => frozen.package.encode(` ${word}`)[0]!)
  expect(await rows('fixed')).toEqual(frozen.package.outputRows(tokens))
  expect(await rows('moved')).not.toEqual(frozen.package.outputRows(tokens))
})

test.each(initializations)('a prompt can begin from %s, and the seed decides', async (init) => {
  const ids = []
  for (const seed of [1, 1, 2])
    ids.push((await learn(`init-${init}-${seed}`, { method: 'prompt', init, initText: 'Is it an animal or a place?', seed, steps: 1 })).id)
  expect(ids[1]).toBe(ids[0])
  expect(ids[2]).not.toBe(ids[0])
})

test('label smoothing and the z-loss change what is learned', async () => {
  const plain = await learn('plain', { steps: 2 })
  expect((await learn('smooth', { steps: 2, labelSmoothing: 0.1 })).id).not.toBe(plain.id)
  expect((await learn('z-loss', { steps: 2, zLoss: 0.01 })).id).not.toBe(plain.id)
})

describe('what goes wrong is said', () => {
  test('a checkpoint of other settings is refused', async () => {
    await interrupted('other', {}, 3)
    await expect(learn('other', { learningRate: 0.5 }, { resume: true })).rejects.toThrow(/other settings/)
  })

  test('a loss that is no number names the step and the settings', async () => {
    const diverging = learn('diverging', { learningRate: 1e30, labelLearningRate: 1e30, warmup: 0 })
    await expect(diverging).rejects.toMatchObject({
      code: 'diverged',
      message: expect.stringMatching(/loss is (NaN|Infinity).*step \d.*batch of 16.*learning rate 1e\+30.*lower --learning-rate/),
    })
  })

  test('a loss on dev that is no number is found where it arises, and no checkpoint keeps it', async () => {
    const name = 'lost'
    await expect(learn(name, { steps: 1, learningRate: 1e38, labelRows: 'fixed' })).rejects.toMatchObject({
      code: 'diverged',
      message: expect.stringMatching(/loss on dev is NaN.*step 1,.*lower --learning-rate/),
    })
    expect(existsSync(`${join(folder, name)}.checkpoint`)).toBe(false)
  })

  test('what the card can not hold is refused before the first step', async () => {
    const steps: number[] = []
    const observer = { ...quiet, step: ({ step }: { step: number }) => void steps.push(step) }
    const file = join(folder, 'long-label.jsonl')
    writeFileSync(file, [line('one', 'a'.repeat(300)), line('two', 'b')].join('\n'))
    const learning = (train: string) => learnPrompt({ frozen, task: 'kinds', train: readExamples(train), out: join(folder, 'odd'), verbalizers: {}, settings: { steps: 1 }, resume: false, signal: new AbortController().signal, observer }) // biome-ignore format: one call
    await expect(learning(file)).rejects.toThrow(/hold out a part of .*no label has two examples/)
    writeFileSync(file, [line('one', 'a'.repeat(300)), line('two', 'b'), line('three', 'b')].join('\n'))
    await expect(learning(file)).rejects.toMatchObject({ code: 'invalid_data', message: expect.stringMatching(/label aaa.*Too big/) })
    expect(steps).toEqual([])
  })

  test('an alarm where every answer is the same class', async () => {
    const warnings: string[] = []
    await learn(
      'stuck',
      { learningRate: 1e-12, labelRows: 'fixed', steps: 1 },
      { observer: { ...quiet, warn: (message) => warnings.push(message) } },
    )
    expect(warnings).toContainEqual(expect.stringMatching(/every answer on dev is "(animal|place)"/))
  })

  test('training stops early where dev gets no better', async () => {
    const { steps, bestStep } = await learn('early', { learningRate: 1e-12, labelRows: 'fixed', steps: 40, evaluateEvery: 1, patience: 3 })
    expect(steps).toBeLessThan(40)
    expect(steps - bestStep).toBe(3)
  })

  test('a prompt and texts that do not fit the context together', async () => {
    await expect(learn('long', { maxTokens: 1020 })).rejects.toThrow(/8 virtual tokens with --max-tokens 1020.*context is 1024/)
  })

  test('a template that leaves no room for a text', async () => {
    await expect(learn('room', { maxTokens: 4, template: '{text} and so on and so on' })).rejects.toThrow(/Cannot use template/)
  })

  test('a label on dev that training has not', async () => {
    writeFileSync(join(folder, 'odd.jsonl'), line('We talked of rain', 'weather'))
    const odd = learnPrompt({ frozen, task: 'kinds', train: readExamples(trainFile), dev: readExamples(join(folder, 'odd.jsonl')), out: join(folder, 'odd'), verbalizers: {}, settings: { steps: 1 }, resume: false, signal: new AbortController().signal, observer: quiet }) // biome-ignore format: one call
    await expect(odd).rejects.toThrow(/odd\.jsonl: label weather is not one of/)
  })
})
