import { join } from 'node:path'
import { excerpt } from '../../shared/error.ts'
import { DifferentiableModel } from '../autodiff/differentiable-model.ts'
import { checkData } from '../data/check-data.ts'
import { readExamples } from '../data/dataset.ts'
import { isFolder, splitFiles } from '../data/dataset-folder.ts'
import { promptFolder } from '../disk/prompt-folder.ts'
import { readableBytes } from '../disk/readable-bytes.ts'
import { valuesOf } from '../evaluate/metrics.ts'
import { metricsLine } from '../evaluate/report/metrics-line.ts'
import { verdict } from '../evaluate/report/verdict.ts'
import { openModel } from '../import/open-model.ts'
import { loadTensorFlow } from '../tensorflow.ts'
import type { SuspectedExample } from '../train/job.ts'
import { runJob } from '../train/run.ts'
import { defaultsWith, type GivenSettings, requireTaken } from '../train/settings.ts'
import { type ColumnFlags, columnsOf, columnWords } from './column-options.ts'
import type { Result, Terminal } from './command.ts'
import { dataLines } from './data-lines.ts'
import { next, testFileBeside, textToTry } from './next.ts'
import { renderTraining } from './render-training.ts'
import { requireFree } from './require-free.ts'

/** One task, its files, and how it is learned. */
export interface TaskFlags extends GivenSettings, ColumnFlags {
  readonly model: string
  readonly task: string
  readonly train: string
  readonly dev?: string
  readonly out?: string
  readonly verbalizers?: Record<string, string>
  readonly threads?: number
  readonly force?: boolean
  readonly resume?: boolean
}

/** Trains one task. */
export async function trainTask(flags: TaskFlags, terminal: Terminal): Promise<Result> {
  const { model: directory, task, train, dev, verbalizers: chosen = {}, threads, force = false, resume = false, ...rest } = flags
  const { out = join('runs', task), textColumn, labelColumn, ...settings } = rest
  requireTaken(settings)
  requireFree(out, promptFolder, force || resume) // who resumes has said so when the run began
  const reading = { columns: columnsOf({ textColumn, labelColumn }), tell: terminal.log }
  const data = {
    train: readExamples(train, { ...reading, split: 'train' }),
    ...(dev === undefined ? {} : { dev: readExamples(dev, { ...reading, split: 'dev' }) }),
  }
  if (dev === undefined && isFolder(train) && splitFiles(train).dev !== undefined)
    terminal.log(`${train} has a split for dev, which is not used: add --dev ${train} to choose the best step by it.`)
  const checked = checkData(data)
  for (const line of dataLines(checked)) terminal.log(line)
  const { backend } = await loadTensorFlow()
  const { method } = defaultsWith(settings)
  terminal.log(`Learning ${task} by method ${method} through ${directory}; the optimizer runs on TensorFlow.js's ${backend} backend.`)

  const model = await DifferentiableModel.open(openModel(directory), threads === undefined ? {} : { threads })
  const { signal } = terminal
  const events = runJob({ model, task, ...data, out, verbalizers: chosen, settings, resume, signal })
  const { written, warnings } = await renderTraining(events, terminal)
  await model.close()

  const { id: prompt, bytes, method: made, bestStep, steps, temperature, baselines, overProbe, abstaining } = written
  const values = valuesOf(written.metrics)
  const test = testFileBeside(train)
  const said = verdict(written)
  return {
    json: {
      task,
      package: out,
      prompt,
      bytes,
      method: made,
      steps,
      bestStep,
      temperature,
      dev: values,
      ...baselines,
      overProbe,
      abstaining,
      verdict: said,
      suspects: written.suspects,
      backend,
      warnings: [...checked.findings.map(({ message }) => message), ...warnings],
    },
    text: [
      `${out}: on dev ${metricsLine(values)}, calibrated with temperature ${temperature.toFixed(2)}; ${madeHow(made, { method, steps, bestStep })}, ${readableBytes(bytes)}`,
      ...said,
      ...suspectLines(written.suspects),
      next(
        ['classify', out, textToTry((data.dev ?? data.train).examples)],
        ...(test === null ? [] : [['evaluate', out, '--data', test, ...columnWords(reading.columns)]]),
        ['publish', out],
      ),
    ].join('\n'),
  }
}

/** How what is packaged was made. */
function madeHow(made: string, { method, steps, bestStep }: { method: string; steps: number; bestStep: number }): string {
  if (made !== method) return `by method ${made}, which did better there than method ${method}`
  return steps === 0 ? `by method ${made}` : `best at step ${bestStep} of ${steps}`
}

/** Examples whose labels are worth a look. */
function suspectLines(suspects: readonly SuspectedExample[]): string[] {
  if (suspects.length === 0) return []
  const lines = suspects.map(({ text, label, answer, ofAnswer }) => `  labelled ${JSON.stringify(excerpt(label, 40))}, answered ${JSON.stringify(excerpt(answer, 40))} at ${ofAnswer.toFixed(2)}: ${excerpt(text, 90)}`) // biome-ignore format: one line each
  return ['Of dev, these may be mislabelled:', ...lines]
}
