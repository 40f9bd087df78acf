import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { DifferentiableModel } from '../../../trainer/autodiff/differentiable-model.ts'
import { eventsFile, writePromptFolder } from '../../../trainer/disk/prompt-folder.ts'
import { openModel } from '../../../trainer/import/open-model.ts'
import { calibratePackage } from '../../../trainer/library/calibrate-package.ts'
import { evaluatePackage } from '../../../trainer/library/evaluate-package.ts'
import { readEvents } from '../../../trainer/train/event-file.ts'
import type { EventLine } from '../../../trainer/train/event-line.ts'
import { learn } from '../../../trainer/train/job.ts'
import { runJob } from '../../../trainer/train/run.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { drain } from '../../fixtures/training.ts'
import { writeRandomPrompt } from '../../fixtures/written-prompt.ts'

type PackageLine = Extract<EventLine, { type: 'package' }>

const folder = temporaryFolder()
const { signal } = new AbortController()
const warnings: string[] = []
const measuring = { threads: 1, signal, warn: (message: string) => void warnings.push(message), progress: () => undefined }

beforeAll(() => writeSmallModel(join(folder, 'model')))

/** Texts of a frequent label and two seldom ones: a probability of a half is no good threshold for those. */
function skewed(file: string, frame: (words: string) => string) {
  const texts = ['cat', 'dog', 'horse', 'bird', 'cow', 'fish', 'sheep', 'lion', 'Paris', 'gold'].map((word, n) => {
    const labels = ['often', ...(n % 5 === 1 ? ['seldom'] : []), ...(n % 5 === 2 ? ['rare'] : [])]
    return { text: frame(word), label: labels.join(' + '), labels }
  })
  return {
    file,
    sha256: (file === 'dev' ? '0' : '1').repeat(64),
    examples: [...texts, { text: frame('nothing'), label: '(none)', labels: [] }],
  }
}

test('of several labels a text the probe answers as it did in training, and the difference is that of micro-F1', async () => {
  const model = await DifferentiableModel.open(openModel(join(folder, 'model')), { threads: 1 })
  const train = skewed('train', (word) => `I saw ${word} today`)
  const dev = skewed('dev', (word) => `We talked of ${word} again`)
  const settings = { virtualTokens: 4, steps: 60, evaluateEvery: 20, learningRate: 0.05, headLearningRate: 0.05 }
  const job = { model, task: 'kinds', train, dev, verbalizers: {}, settings, resume: () => null, signal }
  const { result } = await drain(learn(job))
  await model.close()
  await writePromptFolder(join(folder, 'kinds'), result.files, join(folder, 'model'))
  const { baselines, overProbe, metrics } = await evaluatePackage(join(folder, 'kinds'), dev, measuring)
  const { microF1, accuracy } = result.baselines.probe!
  expect(baselines.probe).toMatchObject({ microF1, accuracy }) // dev is what its thresholds were chosen on
  expect(baselines.probe!.microF1Interval!.low).toBeLessThanOrEqual(microF1)
  expect(baselines.zeroShot).toBeUndefined()
  expect(result.method).toBe('prefix')
  expect(overProbe).toEqual(result.overProbe)
  expect(metrics.microF1).toBe(result.metrics.microF1)
  expect(warnings).toEqual([])
  await evaluatePackage(join(folder, 'kinds'), train, measuring)
  expect(warnings).toEqual([
    expect.stringMatching(/kinds was learned from examples in train: how well it does on them says little of others$/),
  ])
})

test('with class weights prompt and baselines are held against each other by macro-F1, also where it is calibrated anew', async () => {
  const words = (frame: (word: string) => string) =>
    ['cat', 'dog', 'horse', 'bird', 'cow', 'fish', 'Paris', 'Rome'].map((word, n) => ({
      text: frame(word),
      label: n < 6 ? 'animal' : 'place',
    }))
  const data = (file: string, frame: (word: string) => string) => ({
    file,
    sha256: (file === 'dev' ? '2' : '3').repeat(64),
    examples: words(frame),
  })
  const [train, dev] = [data('train', (word) => `I saw ${word} today`), data('dev', (word) => `We talked of ${word} again`)]
  const model = await DifferentiableModel.open(openModel(join(folder, 'model')), { threads: 1 })
  const settings = {
    virtualTokens: 4,
    steps: 60,
    evaluateEvery: 20,
    learningRate: 0.05,
    headLearningRate: 0.05,
    classWeights: 'balanced' as const,
  }
  const job = { model, task: 'weighed', train, dev, verbalizers: {}, settings, resume: () => null, signal }
  const [before, after] = [join(folder, 'weighed'), join(folder, 'weighed-anew')]
  for await (const _ of runJob({ ...job, out: before, resume: false }));
  await model.close()
  warnings.length = 0
  const { comparedBy, baselines, overProbe, metrics } = await evaluatePackage(before, dev, measuring)
  expect(comparedBy).toBe('macroF1')
  for (const { macroF1, macroF1Interval } of [baselines.probe!, baselines.zeroShot!]) {
    expect(macroF1Interval!.low).toBeLessThanOrEqual(macroF1!)
    expect(macroF1Interval!.high).toBeGreaterThanOrEqual(macroF1!)
  }
  const [{ overProbe: learned, overZeroShot }] = packagesOf(before)
  if (overProbe !== null) expect(overProbe).toEqual({ ...learned, difference: metrics.macroF1! - baselines.probe!.macroF1! })
  expect([overZeroShot!.metric, overZeroShot!.difference]).toEqual(['macroF1', metrics.macroF1! - baselines.zeroShot!.macroF1!])

  await calibratePackage(before, dev, { ...measuring, out: after, settings: {} })
  const told = packagesOf(after)
  expect(told).toHaveLength(2)
  expect(told.map((line) => line.overZeroShot!.metric)).toEqual(['macroF1', 'macroF1'])
})

/** What was told of the packages in a folder, the newest last. */
function packagesOf(directory: string) {
  return readEvents(join(directory, eventsFile))!.flatMap((line) => (line.type === 'package' ? [line] : [])) as [
    PackageLine,
    ...PackageLine[],
  ]
}

test('a package that does not say how its probe gives several labels is measured without it, and that is told', async () => {
  const labels = ['often', 'seldom'].map((label, n) => ({ label, verbalizer: label, token: 300 + n }))
  const answer = { type: 'sigmoid', version: 1, temperature: 1, thresholds: [0.5, 0.5] }
  const card = { labels, answer, baselines: { probe: { microF1: 0.7 } } }
  await writeRandomPrompt(join(folder, 'earlier'), openModel(join(folder, 'model')).card, { task: 'earlier', card })
  warnings.length = 0
  const data = { file: 'dev', sha256: '0'.repeat(64), examples: [{ text: 'a', label: 'often', labels: ['often'] }] }
  const { baselines, overProbe } = await evaluatePackage(join(folder, 'earlier'), data, { ...measuring, model: join(folder, 'model') })
  expect({ baselines, overProbe }).toEqual({ baselines: {}, overProbe: null })
  expect(warnings).toEqual([expect.stringMatching(/^the linear probe is left out: .*earlier does not say/)])
})
