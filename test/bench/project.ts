import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SoftPromptError } from '../../shared/error.ts'
import { DifferentiableModel } from '../../trainer/autodiff/differentiable-model.ts'
import { readExamples } from '../../trainer/data/dataset.ts'
import { openModel } from '../../trainer/import/open-model.ts'
import { seededRandom, shuffled } from '../../trainer/random.ts'
import { runJob } from '../../trainer/train/run.ts'
import { root } from '../fixtures/root.ts'
import type { Bench } from './bench.ts'
import { quantile } from './quantile.ts'
import { softprompt } from './softprompt.ts'

const [manyTasks, maxRows, testRows, timedSteps] = [12, 2000, 500, 24]

/** Where a task's examples come from. */
interface Source {
  readonly name: string
  readonly folder: string
  /** Which of the parts of so many rows: tasks of one data set share no row. */
  readonly part: number
}

/** What a project costs besides its training steps: reading, probes, dev, tests, calibration, packages, the bucket. */
export const project: Bench = {
  about: `${manyTasks} tasks of at most ${maxRows} rows trained, measured and published by two commands, against their training steps alone`,
  options: ['data', 'rows'],
  async run(log, { data, rows = String(maxRows) }) {
    if (data === undefined || !existsSync(data))
      throw new SoftPromptError('usage', 'Name the folder of the tasks with --data DIR: it holds TASK/{train,test}.jsonl.')
    const most = Number(rows)
    if (!(most >= 1)) throw new SoftPromptError('usage', `--rows is a number of rows, not ${rows}.`)
    const folder = mkdtempSync(join(tmpdir(), 'project-'))
    const sources = sourcesOf(data, most)
    const tasks = Object.fromEntries(sources.map((source) => [source.name, writtenTask(folder, source, most)]))
    const file = join(folder, 'project.json')
    mkdirSync(join(folder, 'bucket'))
    writeFileSync(file, JSON.stringify({ runs: 'runs', bucket: 'bucket', tasks }))

    const seconds = { train: 0, publish: 0, again: 0 }
    const timed = async (part: keyof typeof seconds, command: string) => {
      const start = performance.now()
      await softprompt(command, '--project', file)
      seconds[part] = (performance.now() - start) / 1000
      log(`${command} ${seconds[part].toFixed(1)} s`)
    }
    const before = await stepTimes(folder, sources)
    await timed('train', 'train')
    await timed('publish', 'publish')
    await timed('again', 'train')
    const after = await stepTimes(folder, sources)

    const each = sources.map(({ name }, n) => {
      const { training } = JSON.parse(readFileSync(join(folder, 'runs', name, 'prompt.json'), 'utf8'))
      const milliseconds = Math.min(before[n] as number, after[n] as number) // what else runs on a machine makes it slower, never faster
      log(`${name.padEnd(18)} ${String(training.steps).padStart(4)} steps of ${milliseconds.toFixed(1)} ms alone`)
      return { task: name, steps: training.steps as number, milliseconds }
    })
    rmSync(folder, { recursive: true })
    const steps = each.reduce((sum, { steps, milliseconds }) => sum + (steps * milliseconds) / 1000, 0)
    const ratio = (seconds.train + seconds.publish) / steps
    log(`two commands ${(seconds.train + seconds.publish).toFixed(1)} s, training steps ${steps.toFixed(1)} s, ratio ${ratio.toFixed(2)}`)
    return { ratio, seconds: { ...seconds, steps }, tasks: each }
  },
}

function sourcesOf(data: string, most: number): Source[] {
  const examples = join(root, 'examples')
  const foldersOf = (path: string) => readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => ({ name, folder: join(path, name) })) // biome-ignore format: one thought
  const others = foldersOf(examples).filter(({ name }) => name !== 'ci')
  const large = foldersOf(data)
  const all = [...others, ...large].map((source) => ({ ...source, part: 0 }))
  const second = large.filter(({ folder }) => rowsOf(folder, 'train').length >= 2 * most).map(({ name, folder }) => ({ name: `${name}-2`, folder, part: 1 })) // biome-ignore format: one thought
  return [...all, ...second].slice(0, manyTasks)
}

function rowsOf(folder: string, split: 'train' | 'test') {
  return shuffled([...readExamples(join(folder, `${split}.jsonl`)).examples], seededRandom(0, 9))
}

/** A task's files, and what the project file says of it. */
function writtenTask(folder: string, { name, folder: from, part }: Source, most: number) {
  const write = (split: 'train' | 'test', count: number, skipped: number) => {
    const rows = rowsOf(from, split).slice(skipped, skipped + count)
    writeFileSync(join(folder, `${name}.${split}.jsonl`), rows.map((row) => JSON.stringify(row)).join('\n'))
    return `${name}.${split}.jsonl`
  }
  return { train: write('train', most, part * most), test: write('test', testRows, 0) }
}

/** The median milliseconds of a step of each task alone, with the default settings. */
async function stepTimes(folder: string, sources: readonly Source[]): Promise<number[]> {
  const model = await DifferentiableModel.open(openModel(join(root, 'models/default')))
  const medians: number[] = []
  for (const { name } of sources) {
    const train = readExamples(join(folder, `${name}.train.jsonl`))
    const dev = { ...train, examples: train.examples.slice(0, 64) }
    const settings = { probe: false, steps: timedSteps, evaluateEvery: timedSteps }
    const job = {
      ...{ model, task: name, train, dev, verbalizers: {}, settings, resume: false },
      out: mkdtempSync(join(folder, 'timed-')),
    } as const
    const times: number[] = []
    let last = performance.now()
    for await (const { type } of runJob({ ...job, signal: new AbortController().signal })) {
      if (type === 'step') times.push(performance.now() - last)
      last = performance.now()
    }
    medians.push(quantile(times.slice(2, -1), 0.5)) // neither those that make room nor the one that evaluates
  }
  await model.close()
  return medians
}
