import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DifferentiableModel } from '../../trainer/autodiff/differentiable-model.ts'
import { readExamples } from '../../trainer/data/dataset.ts'
import type { Example } from '../../trainer/data/example.ts'
import { openModel } from '../../trainer/import/open-model.ts'
import { seededRandom, shuffled } from '../../trainer/random.ts'
import { runTogether } from '../../trainer/train/run-together.ts'
import { root } from '../fixtures/root.ts'
import type { Bench } from './bench.ts'
import { softprompt } from './softprompt.ts'

const [manyTasks, stepsEach, batchSize] = [32, 8, 16]
/** Tasks of 64 examples a label, as many times as they are trained by commands of their own. */
const [separateTasks, perLabel] = [4, 64]
const settings = { batchSize, probe: false, patience: 1000 } as const

/** What many tasks cost that learn together: against one task with as many examples, and against commands one after another. */
export const trainMany: Bench = {
  about: `${manyTasks} tasks trained together, against one task with as many steps; and ${separateTasks} tasks of two labels, ${perLabel} examples each, together, against a command for each`,
  options: ['tasks'],
  async run(log, { tasks = String(manyTasks) }) {
    const K = Number(tasks)
    const folder = mkdtempSync(join(tmpdir(), 'train-many-'))
    const examples = readExamples(join(root, 'examples/support-routing/train.jsonl')).examples
    const dataset = (seed: number, rows: number) => ({ file: 'examples', sha256: '0'.repeat(64), examples: someOf(examples, rows, seed) })
    const dev = dataset(0, 8) // each task evaluates once: with more rows that would be what is measured
    const model = await DifferentiableModel.open(openModel(join(root, 'models/default')))
    /** Seconds of learning alone: from the first step of the first task to the last step of the last. */
    const learn = async (count: number, steps: number, round: string) => {
      const jobs = Array.from({ length: count }, (_, k) => ({
        ...{ model, task: `task-${k}`, train: dataset(k, 256), dev, out: join(folder, round, `task-${k}`), verbalizers: {} },
        ...{ settings: { ...settings, steps, evaluateEvery: steps, seed: k }, resume: false, signal: new AbortController().signal },
      }))
      let [first, last] = [Number.POSITIVE_INFINITY, 0]
      for await (const { event } of runTogether(jobs)) {
        if (event.type === 'failed') throw event.error
        if (event.type === 'baseline') first = performance.now() // of the last task that begins
        if (event.type === 'step') last = performance.now()
      }
      return (last - first) / 1000
    }
    await learn(1, 4, 'warm')
    const times = { together: [] as number[], one: [] as number[] }
    for (let round = 0; round < 3; round++) {
      times.one.push(await learn(1, K * stepsEach, `one-${round}`))
      times.together.push(await learn(K, stepsEach, `many-${round}`))
    }
    await model.close()
    const [together, one] = [Math.min(...times.together), Math.min(...times.one)]
    log(`${K} tasks of ${stepsEach} steps together ${together.toFixed(1)} s, one task of ${K * stepsEach} steps ${one.toFixed(1)} s`)

    const separate = await separately(folder, readExamples(join(root, 'examples/sentiment/train.jsonl')).examples)
    log(
      `${separateTasks} tasks of ${perLabel} examples a label: ${separate.separately.toFixed(1)} s by a command each, ${separate.together.toFixed(1)} s by one`,
    )
    rmSync(folder, { recursive: true })
    const ratio = together / one
    log(`ratio ${ratio.toFixed(2)}; separately over together ${(separate.separately / separate.together).toFixed(2)}`)
    return {
      ratio,
      separately: separate.separately / separate.together,
      seconds: { ...times, ...separate },
      tasks: K,
      steps: stepsEach,
      batchSize,
    }
  },
}

/** Wall time of the same small tasks, by `softprompt train` for each and by one for all. */
async function separately(folder: string, examples: readonly Example[]) {
  mkdirSync(join(folder, 'small'))
  const names = Array.from({ length: separateTasks }, (_, k) => `small-${k}`)
  for (const [k, name] of names.entries())
    writeFileSync(join(folder, 'small', `${name}.jsonl`), someOf(examples, perLabel * 2, k).map((row) => JSON.stringify(row)).join('\n')) // biome-ignore format: one call
  const file = (name: string) => join(folder, 'small', `${name}.jsonl`)
  const start = performance.now()
  for (const [k, name] of names.entries())
    await softprompt('train', '--task', name, '--train', file(name), '--out', join(folder, 'alone', name), '--seed', String(k))
  const separately = (performance.now() - start) / 1000
  const project = {
    runs: 'together',
    tasks: Object.fromEntries(names.map((name, seed) => [name, { train: file(name), seed }])),
  }
  writeFileSync(join(folder, 'project.json'), JSON.stringify(project))
  const again = performance.now()
  await softprompt('train', '--project', join(folder, 'project.json'))
  return { separately, together: (performance.now() - again) / 1000 }
}

function someOf(examples: readonly Example[], count: number, seed: number): Example[] {
  return shuffled([...examples], seededRandom(seed, 9)).slice(0, count)
}
