import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { DifferentiableModel } from '../../../trainer/autodiff/differentiable-model.ts'
import type { Dataset } from '../../../trainer/data/dataset.ts'
import { readPromptFolder } from '../../../trainer/disk/prompt-folder.ts'
import { importModel } from '../../../trainer/import/import-model.ts'
import { openModel } from '../../../trainer/import/open-model.ts'
import { checkpointOf, type RunOptions, runJob } from '../../../trainer/train/run.ts'
import { runTogether, type TaskProgress } from '../../../trainer/train/run-together.ts'
import type { GivenSettings } from '../../../trainer/train/settings.ts'
import { loadState } from '../../../trainer/train/state-file.ts'
import { writeSmallBert } from '../../fixtures/small-bert.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { drain } from '../../fixtures/training.ts'

const folder = mkdtempSync(join(tmpdir(), 'together-'))
afterAll(() => rmSync(folder, { recursive: true }))

const kinds: Record<string, string[]> = {
  animal: ['cat', 'dog', 'cow', 'hen'],
  place: ['Rome', 'Oslo', 'Bern', 'Lima'],
  thing: ['cup', 'pen', 'key', 'box'],
  colour: ['red', 'blue', 'green', 'grey'],
}
const dataset = (labels: readonly string[], frame: (word: string) => string): Dataset => ({
  file: 'some.jsonl',
  sha256: '0'.repeat(64),
  examples: labels.flatMap((label) => kinds[label]!.map((word) => ({ text: frame(word), label }))),
})

/** Tasks that differ in all that a batch can mix: labels, lengths of prompts and of runs, methods, initial values. */
const tasks: Record<string, { labels: string[]; settings: GivenSettings }> = {
  two: { labels: ['animal', 'place'], settings: { virtualTokens: 3, steps: 40, patience: 50, minLoss: 0 } },
  four: {
    labels: ['animal', 'place', 'thing', 'colour'],
    settings: { virtualTokens: 9, steps: 40, patience: 50, minLoss: 0, labelSmoothing: 0.1 },
  },
  vectors: { labels: ['thing', 'colour'], settings: { virtualTokens: 5, method: 'prompt', seed: 4 } },
  brief: { labels: ['place', 'thing', 'colour'], settings: { virtualTokens: 2, steps: 2, batchSize: 7, zLoss: 0.01 } },
}

const formats: Record<string, (directory: string) => Promise<unknown>> = {
  decoder: (directory) => writeSmallModel(directory),
  async encoder(directory) {
    writeSmallBert(`${directory}-checkpoint`)
    await importModel(`${directory}-checkpoint`, { out: directory, weights: 'int8' })
  },
}

test.each(Object.keys(formats))('tasks of one %s that learn together end in the packages that they end in alone', async (family) => {
  await formats[family]!(join(folder, family))
  const model = await DifferentiableModel.open(openModel(join(folder, family)), { threads: 1 })
  const { signal } = new AbortController()
  const job = (task: string, out: string, resume = false): RunOptions => {
    const { labels, settings } = tasks[task]!
    const [train, dev] = [dataset(labels, (word) => `See ${word} and tell me what it is`), dataset(labels, (word) => `No ${word}?`)]
    return {
      ...{ model, task, train, dev, out: join(folder, family + out, task), verbalizers: {}, resume, signal },
      settings: { batchSize: 4, steps: 6, evaluateEvery: 2, ...settings },
    }
  }
  const packageOf = (task: string, out: string) => readPromptFolder(join(folder, family + out, task))
  for (const task of Object.keys(tasks)) await drain(runJob(job(task, 'alone')))
  const { events } = await drain<TaskProgress>(runTogether(Object.keys(tasks).map((task) => job(task, 'together'))))
  for (const task of Object.keys(tasks)) expect(packageOf(task, 'together')).toEqual(packageOf(task, 'alone'))
  const steps = events.flatMap(({ task, event }) => (event.type === 'step' ? [task] : []))
  expect(steps.indexOf('two')).toBeLessThan(steps.lastIndexOf('four')) // they did learn at the same time
  expect(steps.indexOf('four')).toBeLessThan(steps.lastIndexOf('two'))

  // and from wherever each was stopped
  const listening = runTogether(Object.keys(tasks).map((task) => job(task, 'stopped')))
  for await (const { task, event } of listening) if (task === 'four' && event.type === 'step' && event.step === 5) break
  const left = Object.keys(tasks).filter((task) => {
    try {
      return loadState(checkpointOf(join(folder, `${family}stopped`, task)), 'another run').step > 0
    } catch (error) {
      return (error as Error).message.includes('another model') // there is one
    }
  })
  expect(left).toContain('four')
  await drain(runTogether(Object.keys(tasks).map((task) => job(task, 'stopped', left.includes(task)))))
  for (const task of Object.keys(tasks)) expect(packageOf(task, 'stopped')).toEqual(packageOf(task, 'alone'))
  await model.close()
})

test('a task that fails leaves the others to learn', async () => {
  await writeSmallModel(join(folder, 'fails'))
  const model = await DifferentiableModel.open(openModel(join(folder, 'fails')), { threads: 1 })
  const job = (task: string, settings: GivenSettings): RunOptions => ({
    ...{ model, task, train: dataset(['animal', 'place'], (word) => word), out: join(folder, 'failed', task) },
    ...{ verbalizers: {}, resume: false, signal: new AbortController().signal },
    settings: { batchSize: 4, steps: 4, virtualTokens: 2, ...settings },
  })
  const { events } = await drain<TaskProgress>(
    runTogether([job('good', {}), job('bad', { learningRate: 1e30, headLearningRate: 1e30, minLoss: 0 })]),
  )
  const last = (task: string) => events.filter((event) => event.task === task).at(-1)!.event
  expect(last('good')).toMatchObject({ type: 'written' })
  expect(last('bad')).toMatchObject({ type: 'failed', error: { code: 'diverged' } })
  await model.close()
})
