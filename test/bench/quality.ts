import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { SoftPromptError } from '../../shared/error.ts'
import { DifferentiableModel } from '../../trainer/autodiff/differentiable-model.ts'
import { openModel } from '../../trainer/import/open-model.ts'
import type { Bench } from './bench.ts'
import { mean, meanDifference, type TextDifferences, textDifferences } from './paired-difference.ts'
import { qualityOf, requireTasks, splitsOf } from './quality-run.ts'

const defaultModel = 'models/default'
const usualTasks = 'sst2,trec6,subj,agnews,sms-spam,banking77'
const script = fileURLToPath(new URL('../../test/bench/peft/quality.py', import.meta.url))
const storedFigures = script.replace(/\.py$/, '.json')

/** What others reach with the default model on the same rows, by what test/bench/peft/quality.py calls them. */
const references = { tfidfAccuracy: 'tfidf', peftAccuracy: 'peft-prefix', modelTuningAccuracy: 'model-tuning' } as const

/** Accuracies, means over the seeds; null where there is no figure. */
type Figures = Readonly<Record<'accuracy' | 'probeAccuracy' | keyof typeof references, number | null>>

/** The default model with the default settings, against logistic regression on its features and on words, PEFT's prefix tuning, and tuning all its weights. */
export const quality: Bench = {
  about:
    'accuracy with the defaults, against the probe, tf-idf, PEFT and tuning every weight; figures of Python are stored, or measured by --python PY --checkpoint DIR',
  options: ['data', 'split', 'tasks', 'seeds', 'model', 'against', 'per-class', 'python', 'checkpoint'],
  async run(log, options) {
    const { data, split = 'dev', tasks: named = usualTasks, seeds: chosen = '0,1,2', model: directory = defaultModel } = options
    requireTasks(data)
    if (split !== 'dev' && split !== 'test') throw new SoftPromptError('usage', '--split is dev or test.')
    const perClass = options['per-class'] === undefined ? null : Number(options['per-class'])
    const [tasks, seeds] = [named.split(','), chosen.split(',').map(Number)]
    if (options.python !== undefined) await measureReferences(options.python, options.checkpoint, data, tasks, seeds, perClass)
    const model = await DifferentiableModel.open(openModel(directory))
    const other = options.against === undefined ? null : await DifferentiableModel.open(openModel(options.against))
    const rows: ({ task: string } & Figures)[] = []
    const differences: TextDifferences[] = []
    for (const task of tasks) {
      const ours = []
      const pairs: { right: readonly boolean[]; over: readonly boolean[] }[] = []
      for (const seed of seeds) {
        const splits = splitsOf(join(data, task), perClass, seed)
        const run = await qualityOf(model, splits, split, { seed })
        log(
          `${task} seed ${seed}: ${(100 * run.accuracy).toFixed(1)}, probe ${(100 * run.probe).toFixed(1)} (${run.method}, ${run.seconds} s)`,
        )
        ours.push(run)
        if (other === null) continue
        const its = await qualityOf(other, splits, split, { seed })
        pairs.push({ right: run.right, over: its.right })
        log(`${task} seed ${seed}: ${(100 * its.accuracy).toFixed(1)} with ${options.against} (${its.method}, ${its.seconds} s)`)
      }
      if (other !== null) differences.push(textDifferences(pairs))
      const others = Object.entries(references).map(([name, method]) => [
        name,
        directory === defaultModel ? storedMean(perClass === null ? task : `${task}@${perClass}`, method, split, seeds) : null,
      ])
      rows.push({ task, accuracy: mean(ours.map(({ accuracy }) => accuracy)), probeAccuracy: mean(ours.map(({ probe }) => probe)), ...(Object.fromEntries(others) as Pick<Figures, keyof typeof references>) }) // biome-ignore format: one row
      log(line(task, rows.at(-1) as Figures))
    }
    await model.close()
    await other?.close()
    const difference = other === null ? null : meanDifference(differences)
    if (difference !== null) {
      const [gain, low, high] = [difference.mean, ...difference.interval].map((value) => (100 * value).toFixed(2))
      log(`${directory} over ${options.against}: ${gain} points, 95 % interval ${low} to ${high}`)
    }
    const names = ['accuracy', 'probeAccuracy', ...(Object.keys(references) as (keyof typeof references)[])] as const
    const means = Object.fromEntries(names.map((name) => [name, meanOrNull(rows.map((row) => row[name]))])) as Figures
    log(line('mean', means))
    return { ...means, ...(difference === null ? {} : { difference }), tasks: rows, split, seeds, perClass, model: directory }
  },
}

/** The mean of a reference's stored figures over the seeds, of which one without chance has one alone; null where one is missing. */
function storedMean(task: string, method: string, split: 'dev' | 'test', seeds: readonly number[]): number | null {
  if (!existsSync(storedFigures)) return null
  const { results } = JSON.parse(readFileSync(storedFigures, 'utf8')) as { results: Record<string, { dev: number; test: number }> }
  const runs = Object.entries(results).flatMap(([key, figures]) => {
    const [ofTask, ofMethod, seed] = key.split('/')
    return ofTask === task && ofMethod === method ? [{ seed: Number(seed), figure: figures[split] }] : []
  })
  const asked = runs.length === 1 ? runs : runs.filter(({ seed }) => seeds.includes(seed))
  return runs.length === 0 || (runs.length > 1 && asked.length < seeds.length) ? null : mean(asked.map(({ figure }) => figure))
}

/** Has the references measured that are not stored yet. It takes hours. */
async function measureReferences(
  python: string,
  checkpoint: string | undefined,
  data: string,
  tasks: string[],
  seeds: number[],
  perClass: number | null,
) {
  if (checkpoint === undefined) throw new SoftPromptError('usage', 'Name the Hugging Face checkpoint of the model with --checkpoint DIR.')
  const args = ['--model', resolve(checkpoint), '--data', resolve(data), '--tasks', ...tasks, '--seeds', ...seeds.map(String)]
  await promisify(execFile)(python, [script, ...args, ...(perClass === null ? [] : ['--per-class', String(perClass)])], {
    maxBuffer: 2 ** 28,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  })
}

function line(name: string, { accuracy, probeAccuracy, tfidfAccuracy, peftAccuracy, modelTuningAccuracy }: Figures): string {
  const text = (value: number | null) => (value === null ? '–' : (100 * value).toFixed(1))
  return `${name.padEnd(10)} soft prompt ${text(accuracy)}  probe ${text(probeAccuracy)}  tf-idf ${text(tfidfAccuracy)}  PEFT's prefix ${text(peftAccuracy)}  every weight ${text(modelTuningAccuracy)}`
}

/** The mean over tasks; null where a task has no figure. */
function meanOrNull(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length < values.length ? null : mean(known)
}
