import { join } from 'node:path'
import { DifferentiableModel } from '../autodiff/differentiable-model.ts'
import { checkData } from '../data/check-data.ts'
import type { Dataset } from '../data/dataset.ts'
import { isFolder, splitFiles } from '../data/dataset-folder.ts'
import { usualColumns } from '../data/readers/reader.ts'
import { heldOut } from '../data/split.ts'
import { promptFolder } from '../disk/prompt-folder.ts'
import type { Comparison } from '../evaluate/compared-figures.ts'
import { type MetricValues, valuesOf } from '../evaluate/metrics.ts'
import type { Mistake } from '../evaluate/mistakes.ts'
import { verdict } from '../evaluate/report/verdict.ts'
import { openModel, openTokenizer } from '../import/open-model.ts'
import { checkTask } from '../project/check-task.ts'
import { loadTensorFlow } from '../tensorflow.ts'
import { learningOf } from '../train/learning-of.ts'
import { lockOutput } from '../train/lock-output.ts'
import * as methods from '../train/methods/table.ts'
import { checkpointOf, runJob, type WrittenPackage } from '../train/run.ts'
import { defaultsWith, requireEffect, requireTaken } from '../train/settings.ts'
import { requireState } from '../train/state-file.ts'
import type { TrainEvent } from './events.ts'
import { givenExamples } from './given-examples.ts'
import type { GivenExamples, TrainOptions } from './options.ts'
import { requireFree } from './require-free.ts'
import { defaultModel } from './shipped.ts'

/** A prompt package that was learned: what `softprompt train --json` prints. */
export interface TrainedPrompt {
  readonly task: string
  /** The folder of the package. */
  readonly package: string
  /** SHA-256 of its prompt.json. */
  readonly prompt: string
  readonly bytes: number
  /** How what is packaged was made: by the method asked for, or as the linear probe, where that does better on dev. */
  readonly method: string
  /** Steps done, and when dev was best. */
  readonly steps: number
  readonly bestStep: number
  readonly temperature: number
  /** On dev: the package's figures, and what else answers it. */
  readonly dev: MetricValues
  readonly zeroShot: MetricValues
  readonly probe?: MetricValues
  /** By how much the prompt does better than the probe; null where there is one of the two alone. */
  readonly overProbe: Comparison | null
  /** By how much the package does better than zero-shot. */
  readonly overZeroShot: Comparison
  /** What thresholds come to on dev; null where every text is answered. */
  readonly abstaining: WrittenPackage['abstaining']
  /** What a colleague would say: how good it is, what is taken for what, what to try next. */
  readonly verdict: readonly string[]
  /** The examples of dev most likely mislabelled. */
  readonly suspects: readonly Mistake[]
  /** What of TensorFlow.js has moved the prompt. */
  readonly backend: string
  readonly warnings: readonly string[]
}

type Training = TrainOptions & { readonly signal: AbortSignal }

/** What is learned from, and what a look at it found. */
interface CheckedData {
  readonly train: Dataset
  readonly dev?: Dataset
  readonly findings: readonly string[]
}

/** From examples to a package on disk. What can be seen to be wrong is thrown before the model is loaded. */
export async function* trainPrompt(options: Training): AsyncGenerator<TrainEvent, TrainedPrompt> {
  const { task, out = join('runs', task), force = false, resume = false } = options
  requireTaken(options)
  requireEffect(options)
  requireFree(out, promptFolder, force || resume) // who resumes has said so when the run began
  if (resume && !methods[defaultsWith(options).method].empty) requireState(checkpointOf(out))
  const given = yield* givenData(options)
  const { verbalizers = {}, settings } = taskOf(options)
  checkTask({ verbalizers, settings }, given)
  if (given.dev === undefined) heldOut(given.train, defaultsWith(settings).seed)
  const tokenizer = openTokenizer(options.model ?? defaultModel)
  learningOf({ train: given.train, verbalizers, settings }, given.train.examples.length, tokenizer)

  const release = lockOutput(out, `train task ${task}`, ', or name another folder with --out')
  try {
    requireFree(out, promptFolder, force || resume) // another run may have ended in between
    return yield* trained({ ...options, out }, given)
  } finally {
    release()
  }
}

/** What is said of the task itself. */
function taskOf(options: Training) {
  const { model = defaultModel, train: _1, dev: _2, textColumn: _3, labelColumn: _4, out: _5, force: _6, ...others } = options
  const { task, verbalizers, threads, resume = false, signal, ...settings } = others
  return { model, task, verbalizers, threads, resume, signal, settings }
}

async function* trained(
  options: Training & { readonly out: string },
  { findings, ...data }: CheckedData,
): AsyncGenerator<TrainEvent, TrainedPrompt> {
  const { model: directory, task, verbalizers = {}, threads, resume, signal, settings } = taskOf(options)
  const { out } = options
  const { backend } = await loadTensorFlow()
  const { method } = defaultsWith(settings)
  const message = `Learning ${task} by method ${method} through ${directory}; the optimizer runs on TensorFlow.js's ${backend} backend.`
  yield { type: 'note', message }

  const warnings = [...findings]
  let written: WrittenPackage | null = null
  const model = await DifferentiableModel.open(openModel(directory), threads === undefined ? {} : { threads })
  try {
    for await (const event of runJob({ model, task, ...data, out, verbalizers, settings, resume, signal })) {
      if (event.type === 'warning') warnings.push(event.message)
      if (event.type === 'written') written = event
      yield event.type === 'state' ? { type: 'checkpoint', step: event.state.step } : event
    }
  } finally {
    await model.close()
  }
  if (written === null) throw new Error('a training run ended without its package')
  const {
    id: prompt,
    bytes,
    method: made,
    steps,
    bestStep,
    temperature,
    baselines,
    overProbe,
    overZeroShot,
    suspects,
    abstaining,
  } = written
  return {
    ...{
      task,
      package: out,
      prompt,
      bytes,
      method: made,
      steps,
      bestStep,
      temperature,
      dev: valuesOf(written.metrics),
      ...baselines,
      overProbe,
      overZeroShot,
      abstaining,
    },
    ...{ verdict: verdict(written), suspects, backend, warnings },
  }
}

/** The examples of a training, and what was found in them, which is told of as well. */
async function* givenData({
  train,
  dev,
  textColumn: text = usualColumns.text,
  labelColumn: label = usualColumns.label,
}: Training): AsyncGenerator<TrainEvent, CheckedData> {
  const notes: string[] = []
  const read = (split: 'train' | 'dev', given: GivenExamples) =>
    givenExamples(split, given, { columns: { text, label }, split, tell: (note) => void notes.push(note) })
  const data = { train: read('train', train), ...(dev === undefined ? {} : { dev: read('dev', dev) }) }
  if (dev === undefined && typeof train === 'string' && isFolder(train) && splitFiles(train).dev !== undefined)
    notes.push(`${train} has a split for dev, which is not used: add --dev ${train} to choose the best step by it.`)
  for (const message of notes) yield { type: 'note', message }
  const checked = checkData(data)
  yield { type: 'checked', data: checked }
  return { ...data, findings: checked.findings.map(({ message }) => message) }
}
