import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { namesOf } from '../../shared/names-of.ts'
import type { DifferentiableModel } from '../../trainer/autodiff/differentiable-model.ts'
import { readExamples } from '../../trainer/data/dataset.ts'
import { labelsOf } from '../../trainer/data/labels.ts'
import { llama } from '../../trainer/import/architectures/llama.ts'
import * as weightFormats from '../../trainer/import/weights/table.ts'
import { learn } from '../../trainer/train/job.ts'
import { defaultsWith, settingsFor } from '../../trainer/train/settings.ts'
import { drain } from '../fixtures/training.ts'
import type { Bench } from './bench.ts'
import { findCheckpoint, importCheckpoint } from './checkpoint-models.ts'

const usualTasks = 'sst2,trec6,subj,agnews'
/** PEFT's methods, each with the learning rates to pick from, around the best for this size of model. */
const peftRates = { prompt: ['0.1', '0.3', '1.0'], prefix: ['0.03', '0.1', '0.3'] } as const

interface TaskFigures {
  readonly task: string
  readonly accuracy: number
  readonly float32Accuracy: number
  /** The better of PEFT's two methods, each at its best learning rate. */
  readonly peftAccuracy: number | null
  readonly peft: readonly PeftFigures[]
}

interface PeftFigures {
  readonly method: string
  readonly lr: number
  readonly accuracy: number
}

/** Dev accuracy with the defaults, through int8 and float32 weights, against PEFT with as many examples seen. */
export const quality: Bench = {
  about: 'dev accuracy with the defaults, against PEFT where a Python that has it is named',
  options: ['data', 'python', 'checkpoint', 'tasks'],
  async run(log, { data, python, checkpoint: named, tasks = usualTasks }) {
    if (data === undefined) throw new Error('name the folder of the tasks with --data DIR: it holds TASK/train.jsonl and TASK/dev.jsonl')
    const checkpoint = findCheckpoint(named)
    const models = Object.fromEntries(
      await Promise.all(namesOf(weightFormats).map(async (weights) => [weights, await importCheckpoint(checkpoint, weights)] as const)),
    )
    const figures: TaskFigures[] = []
    for (const task of tasks.split(',')) {
      const folder = join(data, task)
      if (!existsSync(join(folder, 'train.jsonl'))) throw new Error(`${folder} has no train.jsonl`)
      const accuracy = await ourAccuracy(models.int8 as DifferentiableModel, folder)
      const float32Accuracy = await ourAccuracy(models.float32 as DifferentiableModel, folder)
      const peft = python === undefined ? [] : await peftFigures(python, checkpoint, data, task)
      const peftAccuracy = peft.length === 0 ? null : Math.max(...peft.map((run) => run.accuracy))
      figures.push({ task, accuracy, float32Accuracy, peftAccuracy, peft })
      log(
        `${task.padEnd(8)} int8 ${accuracy.toFixed(3)}  float32 ${float32Accuracy.toFixed(3)}  ${peft.map((run) => `PEFT ${run.method} ${run.accuracy.toFixed(3)} (lr ${run.lr})`).join('  ')}`,
      )
    }
    const mean = (pick: (figures: TaskFigures) => number) => figures.reduce((sum, figure) => sum + pick(figure), 0) / figures.length
    const summary = {
      accuracy: mean((figure) => figure.accuracy),
      float32Accuracy: mean((figure) => figure.float32Accuracy),
      peftAccuracy: python === undefined ? null : mean((figure) => figure.peftAccuracy as number),
    }
    log(
      `mean     int8 ${summary.accuracy.toFixed(3)}  float32 ${summary.float32Accuracy.toFixed(3)}  PEFT's best ${summary.peftAccuracy?.toFixed(3) ?? 'needs --python'}`,
    )
    return { ...summary, tasks: figures, settings: defaultsWith({}) }
  },
}

async function ourAccuracy(model: DifferentiableModel, folder: string): Promise<number> {
  const learning = learn({
    model,
    task: 'quality',
    train: readExamples(join(folder, 'train.jsonl')),
    dev: readExamples(join(folder, 'dev.jsonl')),
    verbalizers: {},
    settings: {},
    resume: () => null,
    signal: new AbortController().signal,
  })
  const { result } = await drain(learning)
  return result.metrics.accuracy
}

/** PEFT's two methods on the same checkpoint, template and words, each at the best of its learning rates. */
async function peftFigures(python: string, checkpoint: string, data: string, task: string): Promise<PeftFigures[]> {
  const script = fileURLToPath(new URL('../../test/bench/peft/quality.py', import.meta.url))
  const train = readExamples(join(data, task, 'train.jsonl'))
  const { steps, batchSize, virtualTokens, maxTokens, template, seed } = settingsFor({}, train.examples.length, llama.defaults)
  const words = Object.fromEntries(labelsOf(train).map((label) => [label, label]))
  const figures: PeftFigures[] = []
  for (const [method, rates] of Object.entries(peftRates)) {
    const out = join(mkdtempSync(join(tmpdir(), 'softprompt-bench-')), 'peft.json')
    const sizes = { steps, batch: batchSize, 'virtual-tokens': virtualTokens, 'max-tokens': maxTokens, seed }
    const args = [
      '--model',
      checkpoint,
      '--data',
      data,
      '--task',
      task,
      '--method',
      method,
      '--template',
      template,
      '--verbalizers',
      JSON.stringify(words),
      '--out',
      out,
    ]
    for (const [name, value] of Object.entries(sizes)) args.push(`--${name}`, String(value))
    const { stdout } = await promisify(execFile)(python, [script, ...args, '--lr', ...rates], {
      maxBuffer: 2 ** 26,
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
    })
    const { lr, accuracy } = JSON.parse(stdout.trim().split('\n').at(-1) as string) as PeftFigures
    figures.push({ method, lr, accuracy })
  }
  return figures
}
