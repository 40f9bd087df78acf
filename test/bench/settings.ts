import { join } from 'node:path'
import { z } from 'zod'
import { SoftPromptError } from '../../shared/error.ts'
import { DifferentiableModel } from '../../trainer/autodiff/differentiable-model.ts'
import { openModel } from '../../trainer/import/open-model.ts'
import { OptionalSettings } from '../../trainer/project/project-file.ts'
import type { GivenSettings } from '../../trainer/train/settings.ts'
import type { Bench } from './bench.ts'
import { mean, meanDifference, textDifferences } from './paired-difference.ts'
import { type QualityRun, qualityOf, requireTasks, splitsOf } from './quality-run.ts'

const usualTasks = 'sst2,trec6'

/** Every run of one choice of settings: for each task in turn, one of each seed. */
type Runs = readonly (readonly QualityRun[])[]

/** What other settings than the defaults reach on dev, which is what settings are chosen on: the same texts, the same seeds. */
export const settings: Bench = {
  about: 'accuracy on dev with other settings than the defaults: a JSON array of objects such as [{"virtualTokens":20}]',
  options: ['data', 'settings', 'tasks', 'seeds', 'model'],
  async run(log, options) {
    const { data, tasks: named = usualTasks, seeds: chosen = '0,1,2', model: directory = 'models/default' } = options
    requireTasks(data)
    const others = settingsIn(options.settings ?? '')
    const [tasks, seeds] = [named.split(','), chosen.split(',').map(Number)]
    const model = await DifferentiableModel.open(openModel(directory))
    const runsOf = async (given: GivenSettings): Promise<Runs> => {
      const runs: QualityRun[][] = []
      for (const task of tasks) {
        const ofTask: QualityRun[] = []
        for (const seed of seeds) ofTask.push(await qualityOf(model, splitsOf(join(data, task), null, seed), 'dev', { ...given, seed }))
        runs.push(ofTask)
      }
      return runs
    }
    const defaults = await runsOf({})
    const rows = [{ settings: {}, ...figuresOf(tasks, defaults) }]
    log(lineOf('the defaults', figuresOf(tasks, defaults)))
    for (const given of others) {
      const runs = await runsOf(given)
      const differences = runs.map((ofTask, t) =>
        textDifferences(ofTask.map(({ right }, s) => ({ right, over: defaults[t]?.[s]?.right ?? [] }))),
      )
      const row = { ...figuresOf(tasks, runs), difference: meanDifference(differences) }
      rows.push({ settings: given, ...row })
      const [gain, low, high] = [row.difference.mean, ...row.difference.interval].map((value) => (100 * value).toFixed(2))
      log(`${lineOf(JSON.stringify(given), row)}; ${gain} points over the defaults, 95 % interval ${low} to ${high}`)
    }
    await model.close()
    return { rows, tasks, seeds, split: 'dev', model: directory }
  },
}

/** Throws `usage` where they are no array of objects of settings. */
function settingsIn(text: string): GivenSettings[] {
  try {
    return z
      .array(OptionalSettings.omit({ seed: true }).strict())
      .min(1)
      .parse(JSON.parse(text)) as GivenSettings[]
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message
    throw new SoftPromptError(
      'usage',
      `Name the settings to try with --settings JSON, such as '[{"virtualTokens":20},{"init":"random"}]': ${reason}`,
    )
  }
}

function figuresOf(tasks: readonly string[], runs: Runs) {
  const means = runs.map((ofTask) => mean(ofTask.map(({ accuracy }) => accuracy)))
  return {
    accuracy: mean(means),
    tasks: Object.fromEntries(tasks.map((task, t) => [task, means[t] as number])),
    seconds: mean(runs.flat().map(({ seconds }) => seconds)),
  }
}

function lineOf(name: string, { accuracy, tasks, seconds }: ReturnType<typeof figuresOf>): string {
  const each = Object.entries(tasks).map(([task, value]) => `${task} ${(100 * value).toFixed(1)}`)
  return `${name}: ${(100 * accuracy).toFixed(1)} (${each.join(', ')}), ${seconds.toFixed(0)} s a run`
}
