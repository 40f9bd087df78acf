import { DifferentiableModel } from '../autodiff/differentiable-model.ts'
import { sampledRows } from '../data/sample.ts'
import { openModel } from '../import/open-model.ts'
import { learn } from '../train/job.ts'
import type { TaskPlan } from './plan.ts'

/** Steps that are taken, of which the first makes the graph ready and the last evaluates: those between are measured. */
const steps = 4

/**
 * How many examples a second the first task that learns step by step would learn here, by a few steps of it, of which nothing is kept; null where
 * none does. Evaluations are not in it. Throws where that task can't be learned.
 */
export async function measuredPace(
  plans: readonly TaskPlan[],
  { signal, threads, tell }: { signal: AbortSignal; threads?: number | undefined; tell?: (line: string) => void },
): Promise<number | null> {
  const plan = plans.find(({ reasons, examplesToLearn }) => reasons.length > 0 && examplesToLearn > 0)
  if (plan === undefined) return null
  tell?.('Trying a few steps, to tell how long training takes.')
  const { task, data, examplesPerStep } = plan
  const rows = sampledRows(data.train.examples, steps * examplesPerStep, 0, 1)
  const train = { ...data.train, examples: rows.map((row) => data.train.examples[row] as (typeof data.train.examples)[number]) }
  const { head: _0, headInit: _1, classWeights: _2, precision: _3, thresholds: _4, ...own } = task.settings // which take no time
  const settings = { ...own, steps, evaluateEvery: steps, probe: false }
  const model = await DifferentiableModel.open(openModel(task.model), threads === undefined ? {} : { threads })
  try {
    const few = { ...train, examples: train.examples.slice(0, 1) }
    const job = { model, task: task.name, train, dev: few, verbalizers: task.verbalizers, settings, resume: () => null, signal }
    let begun = 0
    for await (const event of learn(job)) {
      if (event.type !== 'step') continue
      const now = performance.now()
      if (event.step === 1) begun = now
      if (event.step === steps - 1) return (1000 * (steps - 2) * examplesPerStep) / (now - begun)
    }
    throw new Error('a few steps ended before they were measured')
  } finally {
    await model.close()
  }
}
