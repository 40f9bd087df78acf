import { SoftPromptError } from '../../shared/error.ts'
import { DifferentiableModel } from '../autodiff/differentiable-model.ts'
import { openModel } from '../import/open-model.ts'
import { runTogether, type TaskProgress } from '../train/run-together.ts'
import { type Measurement, measurePackage } from './measurement.ts'
import type { TaskPlan } from './plan.ts'

/** What a project's run tells: what each task tells, and how its package does on test. */
export type ProjectEvent =
  | TaskProgress
  | { readonly task: string; readonly event: { readonly type: 'measured'; readonly measurement: Measurement } }

/** Learns what is to be learned, the tasks of one model together, and measures what is not measured on test yet. */
export async function* runProject(
  plans: readonly TaskPlan[],
  { signal, threads }: { signal: AbortSignal; threads?: number | undefined },
): AsyncGenerator<ProjectEvent, void> {
  const due = plans.filter(isDue)
  for (const directory of new Set(due.map(({ task }) => task.model))) {
    if (signal.aborted) return
    const own = due.filter(({ task }) => task.model === directory)
    let model: DifferentiableModel
    try {
      model = await DifferentiableModel.open(openModel(directory), threads === undefined ? {} : { threads })
    } catch (error) {
      yield* own.map(({ task }) => failure(task.name, error))
      continue
    }
    try {
      yield* runOn(model, own, signal)
    } finally {
      await model.close()
    }
  }
}

/** Of one task, which leaves the others. Throws what is nobody's to mend. */
function failure(task: string, error: unknown): ProjectEvent {
  if (!(error instanceof SoftPromptError)) throw error
  return { task, event: { type: 'failed', error } }
}

async function* runOn(model: DifferentiableModel, plans: readonly TaskPlan[], signal: AbortSignal): AsyncGenerator<ProjectEvent, void> {
  const learning = plans.filter(({ reasons }) => reasons.length > 0)
  const jobs = learning.map(({ task: { name, out, verbalizers, settings }, data: { train, dev } }) => ({
    ...{ model, task: name, train, ...(dev === undefined ? {} : { dev }), out, verbalizers, settings, signal },
    resume: 'where it fits' as const,
  }))
  const failed = new Set<string>()
  for await (const told of runTogether(jobs)) {
    if (told.event.type === 'failed') failed.add(told.task)
    yield told
  }
  for (const { task, data } of plans) {
    if (data.test === undefined || failed.has(task.name) || signal.aborted) continue
    try {
      const measurement = await measurePackage(task.out, model, data.test, signal)
      yield { task: task.name, event: { type: 'measured', measurement } }
    } catch (error) {
      yield failure(task.name, error)
    }
  }
}

/** Whether there is anything to do for a task. */
export function isDue(plan: TaskPlan): boolean {
  return plan.reasons.length > 0 || isUnmeasured(plan)
}

/** Whether a package that is up to date was not measured on its task's test examples as they are now. */
function isUnmeasured({ task, package: found }: TaskPlan): boolean {
  return task.test !== null && found !== null && found.measurement === null
}
