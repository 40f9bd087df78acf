import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import {
  evaluate,
  publish,
  publishProject,
  SoftPromptError,
  type TrainEvent,
  type TrainOptions,
  train,
  trainProject,
} from '../../../trainer/library/index.ts'
import { checkpointOf } from '../../../trainer/train/run.ts'
import { examplesOfTwoKinds, linesOf, quotedCsv } from '../../fixtures/examples.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const quick = (out: string, rest: Partial<TrainOptions> = {}): TrainOptions => ({
  ...{ task: 'kind', model: at('model'), train: examplesOfTwoKinds, dev: at('dev.csv'), out: at(out) },
  ...{ steps: 6, evaluateEvery: 2, virtualTokens: 3, batchSize: 4, threads: 1, probe: false, ...rest },
})
const packageIn = (out: string) => readFileSync(join(at(out), 'prompt.json'), 'utf8')

/** What a call rejects with. */
async function rejection(call: PromiseLike<unknown>): Promise<SoftPromptError> {
  const error = await Promise.resolve(call).then(() => null, (error) => error) // biome-ignore format: one thought
  expect(error).toBeInstanceOf(SoftPromptError)
  return error
}

beforeAll(async () => {
  await writeSmallModel(at('model'))
  writeFileSync(at('dev.csv'), quotedCsv(examplesOfTwoKinds))
  writeFileSync(at('train.jsonl'), linesOf(examplesOfTwoKinds))
  mkdirSync(at('bucket'))
})

describe('train', () => {
  test('tells what happens and gives the package, and prints nothing and listens to no signal', async () => {
    const [out, err] = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')]
    const listeners = process.listenerCount('SIGINT')
    const events: TrainEvent[] = []
    const run = train(quick('told'))
    for await (const event of run) events.push(event)
    const trained = await run
    expect([out.mock.calls, err.mock.calls]).toEqual([[], []])
    for (const spy of [out, err]) spy.mockRestore()
    expect(process.listenerCount('SIGINT')).toBe(listeners)
    const types = events.map(({ type }) => type).filter((type, i, all) => type !== 'warning' && type !== all[i - 1])
    expect(types[0]).toBe('checked')
    expect(types).toEqual(expect.arrayContaining(['note', 'data', 'baseline', 'step', 'evaluated', 'checkpoint', 'ended']))
    expect(types.at(-1)).toBe('written')
    expect(trained).toMatchObject({ task: 'kind', package: at('told'), steps: 6, dev: { majority: 0.5 }, overProbe: null })
    expect(trained.verdict).toHaveLength(3)
    expect(JSON.parse(packageIn('told'))).toMatchObject({ task: 'kind', virtualTokens: 3 })
  })

  test('makes the same package of a file as of the examples in it', async () => {
    const [one, other] = [await train(quick('file', { train: at('train.jsonl') })), await train(quick('list'))]
    expect(other.dev).toEqual(one.dev)
  })

  test('learns of several labels a text, and of probabilities, as a file has them', async () => {
    const several = examplesOfTwoKinds.map(({ text, label }, i) => ({ text, labels: i % 5 === 0 ? [] : [label] }))
    const { dev } = await train(quick('several', { train: several, dev: several }))
    expect(JSON.parse(packageIn('several'))).toMatchObject({ answer: { type: 'sigmoid' } })
    expect(dev.microF1).toBeGreaterThanOrEqual(0)
    const likely = examplesOfTwoKinds.map(({ text, label }) => ({
      text,
      probabilities: { [label]: 0.9, [label === 'fruit' ? 'metal' : 'fruit']: 0.1 },
    }))
    await train(quick('likely', { train: likely, dev: likely }))
    expect(await rejection(train(quick('mixed', { train: [...several, ...likely] })))).toMatchObject({
      code: 'invalid_data',
      message: expect.stringContaining('train[24]'),
    })
    expect(await rejection(train(quick('mixed', { train: several })))).toMatchObject({
      message: expect.stringContaining('dev.csv: its examples have one label each'),
    })
  })

  test('that is aborted rejects with the reason, leaves its checkpoint, and goes on from there to the same package', async () => {
    await train(quick('whole'))
    const controller = new AbortController()
    const reason = new Error('the shop closes')
    const run = train(quick('stopped', { signal: controller.signal }))
    const listening = (async () => {
      for await (const event of run) if (event.type === 'step' && event.step === 3) controller.abort(reason)
    })()
    expect(await rejection(listening)).toMatchObject({
      code: 'interrupted',
      cause: reason,
      message: expect.stringContaining('resume: true'),
    })
    expect(await rejection(run)).toMatchObject({ code: 'interrupted', cause: reason })
    expect(existsSync(at('stopped'))).toBe(false)
    await train(quick('stopped', { resume: true }))
    expect(packageIn('stopped')).toBe(packageIn('whole'))
    expect(await rejection(train(quick('never', { signal: AbortSignal.abort(reason) })))).toMatchObject({ cause: reason })
    expect(existsSync(checkpointOf(at('never')))).toBe(false)
  })

  test('whose events are no longer listened to stops, and can go on', async () => {
    const run = train(quick('left'))
    for await (const event of run) if (event.type === 'checkpoint') break
    expect(await rejection(run)).toMatchObject({ code: 'interrupted' })
    expect(existsSync(checkpointOf(at('left')))).toBe(true)
  })

  test('learns several tasks at the same time, and no two for one folder', async () => {
    const [one, twin, other] = await Promise.allSettled([train(quick('one')), train(quick('one', { seed: 1 })), train(quick('another'))])
    expect(one).toMatchObject({ value: { package: at('one') } })
    expect(other).toMatchObject({ value: { package: at('another') } })
    expect(twin).toMatchObject({ reason: { code: 'usage', message: expect.stringContaining('or name another folder with out;') } })
    expect(packageIn('another')).toBe(packageIn('one'))
    await train(quick('one', { force: true })) // and the folder is free again
  })

  test('speaks of options, and not of flags', async () => {
    await train(quick('twice'))
    const { message } = await rejection(train(quick('twice')))
    expect(message).toMatch(/Add force: true to replace it, .*: out \S+twice-2$/)
    expect((await train(quick('twice', { force: true, seed: 3 }))).prompt).toMatch(/^[0-9a-f]{64}$/)
    const columns = await rejection(train(quick('columns', { dev: at('dev.csv'), textColumn: 'body' })))
    expect(columns.message).toContain('say with textColumn and labelColumn which two to read')
  })
})

describe('what is wrong is told before the model is loaded:', () => {
  const wrong = (options: object) => rejection(train({ ...quick('wrong'), model: at('no-model'), ...options } as TrainOptions))
  test.each<[string, object, string, string]>([
    ['a misspelt option', { learningrate: 1 }, 'usage', 'Cannot train: learningrate: there is no such option. Did you mean learningRate?'],
    ['a setting out of its bounds', { steps: 0 }, 'usage', 'Cannot train: steps is 0, which cannot be: '],
    ['a method that there is not', { method: 'lora' }, 'usage', 'method is "lora", which cannot be: '],
    ['no examples', { train: undefined }, 'usage', 'Cannot train: train is missing. It is examples: '],
    ['examples that are none', { train: 7 }, 'usage', 'train is 7, which cannot be: must be a path or a list of { text, label }'],
    ['an empty list', { train: [] }, 'invalid_data', 'Cannot read train: it has no examples.'],
    [
      'an example without a label',
      { train: [examplesOfTwoKinds[0], { text: 'x' }] },
      'invalid_data',
      'Cannot read train[1]: it has no label. Give it',
    ],
    ['an example that is nothing', { dev: [null] }, 'invalid_data', 'Cannot read dev[0]: its text is undefined'],
    ['a file that is not there', { train: at('nowhere.jsonl') }, 'invalid_data', 'there is no such file'],
    ['a signal that is none', { signal: {} }, 'usage', 'signal is {}, which cannot be: must be an AbortSignal'],
    ['a name that no task has', { task: 'a b' }, 'usage', 'task is "a b", which cannot be: must be 1 to 64'],
    ['a text to begin from that nothing takes', { initText: 'x' }, 'usage', 'Cannot start from initText alone: add init: text'],
  ])('%s', async (_, options, code, message) => {
    expect(await wrong(options)).toMatchObject({ code, message: expect.stringContaining(message) })
  })

  test('all of it at once', async () => {
    expect((await wrong({ steps: 'x', colour: 1, task: 7 })).details).toHaveLength(3)
  })
})

describe('evaluate and publish', () => {
  test('measure a package as its training did, and make it live once', async () => {
    const trained = await train(quick('live'))
    const progress: number[] = []
    const run = evaluate({ package: at('live'), data: at('dev.csv'), threads: 1 })
    for await (const event of run) if (event.type === 'progress') progress.push(event.done)
    const evaluation = await run
    expect(progress.length).toBeGreaterThan(0)
    expect(evaluation).toMatchObject({ task: 'kind', examples: 24, truncated: 0, prompt: trained.prompt, zeroShot: false })
    expect(evaluation.metrics.accuracy).toBe(trained.dev.accuracy)
    const bare = await evaluate({ package: at('live'), data: examplesOfTwoKinds, zeroShot: true, threads: 1 })
    expect(bare.metrics.accuracy).toBe(bare.baselines.zeroShot?.accuracy)

    const published = await publish({ package: at('live'), store: at('bucket') })
    expect(published).toMatchObject({ task: 'kind', prompt: trained.prompt, changed: true, where: expect.stringContaining('bucket') })
    expect(await publish({ package: at('live'), store: at('bucket') })).toMatchObject({ changed: false })
    expect(await publish({ package: at('live'), store: at('bucket'), task: 'other' })).toMatchObject({ task: 'other', changed: true })
    expect(existsSync(at('bucket/tasks/other.json'))).toBe(true)
  })

  test('refuse what they cannot do', async () => {
    expect(await rejection(evaluate({ package: at('nowhere'), data: at('dev.csv') }))).toMatchObject({ code: 'invalid_prompt' })
    expect(await rejection(evaluate({ package: at('live') } as never))).toMatchObject({
      message: expect.stringContaining('data is missing'),
    })
    expect(await rejection(publish({ package: at('live'), store: at('bucket'), remote: true }))).toMatchObject({
      message: expect.stringContaining('goes without remote'),
    })
    expect(await rejection(publish({ package: at('live'), store: at('no-bucket') }))).toMatchObject({
      code: 'usage',
      message: expect.stringContaining('there is no such folder'),
    })
    const signal = AbortSignal.abort()
    expect(await rejection(publish({ package: at('live'), store: at('bucket'), task: 'late', signal }))).toMatchObject({
      code: 'interrupted',
      cause: { name: 'AbortError' },
    })
    expect(existsSync(at('bucket/tasks/late.json'))).toBe(false)
  })
})

describe('trainProject', () => {
  const project = {
    ...{ model: at('model'), runs: at('runs'), threads: 1 },
    defaults: { steps: 4, evaluateEvery: 2, virtualTokens: 3, batchSize: 4 },
    tasks: {
      one: { train: at('train.jsonl'), minimum: { accuracy: 0.1 } },
      other: { train: at('train.jsonl'), test: at('dev.csv'), minimum: { accuracy: 1 }, seed: 3 },
    },
  }

  test('trains what is due of a project that is given, and judges it', async () => {
    const told = new Map<string, string[]>()
    const run = trainProject({ project })
    for await (const { task, event } of run) told.set(task, [...(told.get(task) ?? []), event.type])
    const { tasks, failed } = await run
    expect(told.get('other')).toEqual(expect.arrayContaining(['checked', 'data', 'step', 'checkpoint', 'written', 'measured']))
    expect(tasks).toMatchObject([
      { task: 'one', result: 'trained', passed: true },
      { task: 'other', result: 'trained', passed: false, test: { majority: 0.5 } },
    ])
    expect(tasks.every(({ seconds }) => seconds > 0)).toBe(true)
    expect(failed).toEqual(['other'])
    expect((await trainProject({ project })).tasks.map(({ result }) => result)).toEqual(['unchanged', 'unchanged'])
  })

  test('can be stopped, and goes on', async () => {
    const controller = new AbortController()
    const run = trainProject({ project, force: true, only: ['one'], signal: controller.signal })
    const listening = (async () => {
      for await (const { event } of run) if (event.type === 'checkpoint') controller.abort()
    })()
    expect(await rejection(listening)).toMatchObject({ code: 'interrupted', message: expect.stringContaining('0 of 1 tasks are done') })
    expect(existsSync(checkpointOf(at('runs/one')))).toBe(true)
    expect(await trainProject({ project, force: true, only: ['one'] })).toMatchObject({ failed: [] })
  })

  test('and a training of one of its tasks wait for each other', async () => {
    const alone = train(quick('runs/one', { task: 'one', force: true }))
    for await (const { type } of alone) {
      if (type !== 'step') continue
      for (const second of [train(quick('runs/one', { force: true })), trainProject({ project, force: true })])
        expect(await rejection(second)).toMatchObject({ code: 'usage', message: expect.stringContaining('another training writes to') })
      expect(await trainProject({ project, only: ['other'] })).toMatchObject({ tasks: [{ result: 'unchanged' }] })
    }
    const together = trainProject({ project, force: true, only: ['one'] })
    for await (const { event } of together)
      if (event.type === 'step')
        expect(await rejection(train(quick('runs/one', { force: true })))).toMatchObject({
          message: expect.stringContaining('another training writes to'),
        })
    expect(readdirSync(at('runs')).filter((name) => name.includes('lock'))).toEqual([])
  })

  test('is published by publishProject as far as it passes, once', async () => {
    mkdirSync(at('project-bucket'))
    const stored = { project: { ...project, bucket: at('project-bucket') } }
    const settled: unknown[] = []
    const types = new Set<string>()
    const run = publishProject(stored)
    for await (const { task, event } of run) {
      types.add(event.type)
      if (event.type === 'settled') settled.push([task, event.result])
    }
    const { tasks, where, notPublished } = await run
    expect(settled).toEqual([['one', 'published'], ['other', 'not published']]) // biome-ignore format: pairs
    expect([...types]).toEqual(expect.arrayContaining(['note', 'settled']))
    expect(tasks).toMatchObject([
      { task: 'one', result: 'published', problem: null },
      { task: 'other', result: 'not published', problem: expect.stringContaining('is below 1') },
    ])
    expect([where, notPublished]).toEqual([`folder ${at('project-bucket')}`, ['other']])
    expect(existsSync(at('project-bucket/tasks/one.json'))).toBe(true)
    expect(await publishProject({ ...stored, only: ['one'] })).toMatchObject({ tasks: [{ result: 'live already' }], notPublished: [] })
  })

  test('publishProject refuses what is wrong, and can be stopped', async () => {
    expect(await rejection(publishProject({ project, store: 'ftp://host/a' }))).toMatchObject({
      message: expect.stringContaining('store is "ftp://host/a", which cannot be: must be a folder, or s3://bucket/prefix'),
    })
    expect(await rejection(publishProject({ project, store: at('bucket'), remote: true }))).toMatchObject({
      message: expect.stringContaining('goes without remote'),
    })
    expect(await rejection(publishProject({ project, task: 'one' } as never))).toMatchObject({
      message: expect.stringContaining('no such option'),
    })
    expect(await rejection(publishProject({ project, store: at('bucket'), signal: AbortSignal.abort() }))).toMatchObject({
      code: 'interrupted',
    })
  })

  test('refuses what is no project', async () => {
    expect(await rejection(trainProject({ project: { tasks: {} } }))).toMatchObject({
      code: 'usage',
      message: expect.stringContaining('has no task'),
    })
    expect(await rejection(trainProject({ project: at('nowhere.yaml') }))).toMatchObject({
      message: expect.stringContaining('there is no such file'),
    })
    expect(await rejection(trainProject({ project, only: ['on'] }))).toMatchObject({
      message: expect.stringContaining('Did you mean one?'),
    })
  })
})
