import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { sha256 } from '../../../shared/formats/hashing.ts'
import { readPromptPackage } from '../../../shared/formats/prompt-package.ts'
import { namesOf } from '../../../shared/names-of.ts'
import { DifferentiableModel } from '../../../trainer/autodiff/differentiable-model.ts'
import type { Dataset } from '../../../trainer/data/dataset.ts'
import { readPromptFolder } from '../../../trainer/disk/prompt-folder.ts'
import { openModel } from '../../../trainer/import/open-model.ts'
import { loadTensorFlow } from '../../../trainer/tensorflow.ts'
import { readEvents } from '../../../trainer/train/event-file.ts'
import type { TrainingEvent } from '../../../trainer/train/events.ts'
import * as methods from '../../../trainer/train/methods/table.ts'
import * as optimizers from '../../../trainer/train/optimizers/table.ts'
import { checkpointOf, type RunOptions, runJob, type WrittenPackage } from '../../../trainer/train/run.ts'
import type { GivenSettings } from '../../../trainer/train/settings.ts'
import type { TrainingState } from '../../../trainer/train/state.ts'
import { loadState } from '../../../trainer/train/state-file.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { drain } from '../../fixtures/training.ts'

const folder = mkdtempSync(join(tmpdir(), 'run-'))
await writeSmallModel(join(folder, 'model'))
const model = await DifferentiableModel.open(openModel(join(folder, 'model')), { threads: 1 })
const { tf } = await loadTensorFlow()
afterAll(async () => {
  await model.close()
  rmSync(folder, { recursive: true })
})

const learned = namesOf(methods).filter((name) => !methods[name].empty)
const words = { animal: ['cat', 'dog', 'cow', 'hen'], place: ['Rome', 'Oslo', 'Bern', 'Lima'] }
const dataset = (frame: (word: string) => string): Dataset => ({
  file: 'some.jsonl',
  sha256: '0'.repeat(64),
  examples: Object.entries(words).flatMap(([label, list]) => list.map((word) => ({ text: frame(word), label }))),
})
const [train, dev] = [dataset((word) => `See ${word}`), dataset((word) => `No ${word}?`)]

type Event = TrainingEvent | WrittenPackage
interface Rest extends Partial<Omit<RunOptions, 'settings'>> {
  readonly heard?: (event: Event) => void
}

const out = (name: string) => join(folder, 'out', name)
const options = (name: string, settings: GivenSettings, rest: Partial<RunOptions>): RunOptions => ({
  ...{ model, task: 'kinds', train, dev, out: out(name), verbalizers: {}, resume: false, signal: new AbortController().signal, ...rest },
  settings: { virtualTokens: 3, batchSize: 4, steps: 6, evaluateEvery: 2, probe: false, ...settings },
})

/** Runs to the end: all that was told. */
const run = async (name: string, settings: GivenSettings = {}, { heard, ...rest }: Rest = {}): Promise<Event[]> =>
  (await drain(runJob(options(name, settings, rest)), heard)).events
const written = async (...given: Parameters<typeof run>) => (await run(...given)).at(-1) as WrittenPackage

/** Runs until `steps` steps are done, as Ctrl-C would stop it. */
async function interrupted(name: string, steps: number, settings: GivenSettings = {}): Promise<void> {
  const controller = new AbortController()
  const heard = (event: Event) => {
    if (event.type === 'baseline' ? steps === 0 : event.type === 'step' && event.step === steps) controller.abort()
  }
  await expect(run(name, settings, { heard, signal: controller.signal })).rejects.toMatchObject({
    code: 'interrupted',
    message: `Stopped after step ${steps} of 6. Continue with --resume.`,
  })
}

const warnings = (events: readonly Event[]) => events.flatMap((event) => (event.type === 'warning' ? [event.message] : []))

describe('a run', () => {
  test('ends in a package on disk, and tells of it last', async () => {
    const events = await run('ends')
    const { id, bytes, bestStep, steps, metrics } = events.at(-1) as WrittenPackage
    const files = readPromptFolder(out('ends'))
    expect(id).toBe(await sha256(files['prompt.json']))
    expect(bytes).toBe(Object.values(files).reduce((sum, { length }) => sum + length, 0))
    const { card } = await readPromptPackage(files, model.opened.card, 'it')
    expect(card.training).toEqual({ bestStep, steps })
    expect(card.metrics).toMatchObject({ accuracy: metrics.accuracy, loss: metrics.loss })
    expect(events.filter(({ type }) => type === 'written')).toHaveLength(1)
    expect(readdirSync(join(folder, 'out')).filter((name) => name.includes('ends'))).toEqual(['ends']) // no checkpoint
  })

  test('puts its package in the place of one that is there', async () => {
    const first = await written('replaced')
    const second = await written('replaced', { seed: 1 })
    expect(second.id).not.toBe(first.id)
    expect(await sha256(readPromptFolder(out('replaced'))['prompt.json'])).toBe(second.id)
  })

  test('keeps each state on disk before it tells of it', async () => {
    const kept: TrainingState[] = []
    const heard = (event: Event) => {
      if (event.type === 'state') kept.push(loadState(checkpointOf(out('kept')), event.state.run))
    }
    const events = await run('kept', {}, { heard })
    expect(kept).toEqual(events.flatMap((event) => (event.type === 'state' ? [event.state] : [])))
    expect(kept.map(({ step }) => step)).toEqual([2, 4, 6])
  })
})

describe('a resumed run', () => {
  const cases = learned.flatMap((method) => namesOf(optimizers).map((optimizer) => ({ method, optimizer })))
  test.each(cases)('ends in the same package ($method, $optimizer)', async (settings) => {
    const name = `${settings.method}-${settings.optimizer}`
    const whole = await written(`whole-${name}`, settings)
    await interrupted(name, 3, settings)
    expect(existsSync(out(name))).toBe(false)
    expect((await written(name, settings, { resume: true })).id).toBe(whole.id)
    expect(existsSync(checkpointOf(out(name)))).toBe(false)
  })

  test('goes on from where one stopped before its first step', async () => {
    await interrupted('early', 0)
    expect((await written('early', {}, { resume: true })).id).toBe((await written('early-whole')).id)
  })

  test('ends in the same package where the best step was before', async () => {
    const idle = { learningRate: 1e-12, head: 'fixed', patience: 2 } as const // nothing gets better
    const whole = await written('late-whole', idle)
    expect(whole.bestStep).toBe(2)
    await interrupted('late', 5, idle)
    expect((await written('late', idle, { resume: true })).id).toBe(whole.id)
  })

  test('is refused where there is nothing to go on from, or it is another run’s', async () => {
    await expect(run('nothing', {}, { resume: true })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/there is no checkpoint .*nothing\.checkpoint\. Leave out --resume/),
    })
    await interrupted('other', 3)
    await expect(run('other', { learningRate: 0.5 }, { resume: true })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/other settings/),
    })
    expect((await written('other', {}, { resume: true })).steps).toBe(6) // and the checkpoint is still whole
  })

  test('is offered to who begins anew over a checkpoint', async () => {
    await interrupted('again', 3)
    const events = await run('again')
    expect(events[0]).toEqual({
      type: 'warning',
      message: expect.stringMatching(/again\.checkpoint of an interrupted run will be written over; --resume/),
    })
    expect(events.at(-1)).toEqual(await written('again-whole'))
    expect(warnings(await run('again', {}))).not.toContainEqual(expect.stringContaining('interrupted run'))
  })
})

describe('before it begins', () => {
  const refused = async (name: string, message: RegExp) => {
    const told: string[] = []
    await expect(run(name, {}, { heard: ({ type }) => void told.push(type) })).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(message),
    })
    expect(told).toEqual([])
  }

  test('a run refuses an output that holds something else', async () => {
    mkdirSync(out('thesis'), { recursive: true })
    writeFileSync(join(out('thesis'), 'thesis.txt'), 'years of work')
    await refused('thesis', /holds something else \(thesis\.txt\)/)
  })

  test('a run refuses a checkpoint that is a folder', async () => {
    mkdirSync(checkpointOf(out('folder')), { recursive: true })
    await refused('folder', /Cannot keep a checkpoint in .*folder\.checkpoint: a folder is there/)
  })
})

describe('what fails in between', () => {
  test('the package’s place: the checkpoint stays, and the package can be had from it', async () => {
    const heard = (event: Event) => {
      if (event.type === 'step' && event.step === 6) writeFileSync(out('taken'), 'a file')
    }
    await expect(run('taken', {}, { heard })).rejects.toMatchObject({ code: 'usage', message: expect.stringMatching(/a file is there/) })
    rmSync(out('taken'))
    const events = await run('taken', {}, { resume: true })
    expect(events.filter(({ type }) => type === 'step')).toEqual([])
    expect((events.at(-1) as WrittenPackage).id).toBe((await written('taken-whole')).id)
  })

  test('the loss: no checkpoint keeps what is no number', async () => {
    await expect(run('lost', { steps: 1, learningRate: 1e39, head: 'fixed', warmup: 0 })).rejects.toMatchObject({ code: 'diverged' })
    expect(existsSync(checkpointOf(out('lost')))).toBe(false)
    expect(existsSync(out('lost'))).toBe(false)
  })

  test('the checkpoint’s disk: nothing is left in memory', async () => {
    const before = tf.memory().numTensors
    const heard = (event: Event) => {
      if (event.type === 'step' && event.step === 1) mkdirSync(checkpointOf(out('full')))
    }
    await expect(run('full', {}, { heard })).rejects.toMatchObject({ code: 'storage' })
    expect(tf.memory().numTensors).toBe(before)
  })

  test('the listener: a run that nobody listens to leaves its last checkpoint, and nothing in memory', async () => {
    const before = tf.memory().numTensors
    for await (const event of runJob(options('left', {}, {}))) if (event.type === 'step' && event.step === 3) break
    expect(tf.memory().numTensors).toBe(before)
    expect((await written('left', {}, { resume: true })).id).toBe((await written('left-whole')).id)
  })
})

test('a checkpoint lies beside its package, however that is written', () => {
  expect(checkpointOf('/runs/mood/')).toBe('/runs/mood.checkpoint')
  expect(checkpointOf('runs/../mood')).toBe(`${process.cwd()}/mood.checkpoint`)
})

describe('what a run told', () => {
  const eventsIn = (name: string) => readEvents(join(out(name), 'events.jsonl'))!
  const learnedIn = (name: string) => eventsIn(name).flatMap((line) => (line.type === 'step' || line.type === 'evaluated' ? [`${line.type} ${line.step}`] : [])) // biome-ignore format: one thought

  test('lies in the package’s folder, and the package is the same with it', async () => {
    const { id, metrics } = await written('told')
    const lines = eventsIn('told')
    expect(lines.at(-1)).toMatchObject({ type: 'package', prompt: id, bestStep: expect.any(Number), learnedFrom: [4, 4] })
    expect(lines.at(-1)).toMatchObject({ evaluation: { examples: 8, metrics: { accuracy: metrics.accuracy } }, verdict: [expect.stringMatching(/^On dev: accuracy/), expect.any(String), expect.any(String)] }) // biome-ignore format: one thought
    expect(lines.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['run', 'data', 'baseline', 'learning', 'step', 'evaluated', 'ended']),
    )
    rmSync(join(out('told'), 'events.jsonl'))
    expect((await written('told')).id).toBe(id)
    expect(readdirSync(join(folder, 'out')).filter((name) => name.startsWith('told'))).toEqual(['told'])
  })

  test('goes on where a run was interrupted, and tells each step once, in the words of one that was not', async () => {
    await interrupted('told-twice', 3)
    expect(existsSync(`${out('told-twice')}.events.jsonl`)).toBe(true)
    await written('told-twice', {}, { resume: true })
    await written('told-once')
    expect(learnedIn('told-twice')).toEqual(learnedIn('told-once'))
    const losses = (name: string) => eventsIn(name).flatMap((line) => (line.type === 'step' ? [line.loss] : []))
    expect(losses('told-twice')).toEqual(losses('told-once'))
    expect(existsSync(`${out('told-twice')}.events.jsonl`)).toBe(false)
  })

  test('is there of a probe too, and is left nowhere where nothing can go on', async () => {
    await written('told-probe', { method: 'probe', probe: true })
    expect(eventsIn('told-probe').at(-1)).toMatchObject({ type: 'package', method: 'probe' })
    await expect(run('told-lost', { steps: 1, learningRate: 1e39, head: 'fixed', warmup: 0 })).rejects.toMatchObject({ code: 'diverged' })
    expect(readdirSync(join(folder, 'out')).filter((name) => name.includes('told-lost'))).toEqual([])
  })
})
