import { SoftPromptError } from '../../shared/error.ts'
import { checkData, type DataReport } from '../data/check-data.ts'
import type { Mistake } from '../evaluate/mistakes.ts'
import { verdict } from '../evaluate/report/verdict.ts'
import { inNames } from '../train/setting-names.ts'
import { shortfall } from './judge.ts'
import { writePace } from './pace.ts'
import { packageOf, type TaskPackage, type TaskPlan } from './plan.ts'
import { type ProjectEvent, runProject } from './run-project.ts'
import { namingOf } from './task-naming.ts'
import { TaskTimes } from './task-times.ts'

/** What became of a task. */
export interface JudgedTask {
  readonly plan: TaskPlan
  readonly result: 'trained' | 'measured' | 'unchanged' | 'failed'
  readonly package: TaskPackage | null
  /** Why there is no new package, though there should be. */
  readonly error: string | null
  /** Why the task does not pass; null where it does. */
  readonly problem: string | null
  readonly seconds: number
  /** What a colleague would say of what was trained; null of what was not. */
  readonly verdict: readonly string[] | null
  readonly warnings: readonly string[]
  /** The examples of dev most likely mislabelled, where it was trained. */
  readonly suspects: readonly Mistake[]
}

/** What a project's work tells: what was found in the examples of each task that is trained, and then what happens to it. */
export interface JudgingEvent {
  readonly task: string
  readonly event:
    | { readonly type: 'checked'; readonly data: DataReport }
    /** All that the step behind `step` depends on is kept beside the package: a run that is stopped goes on from there. */
    | { readonly type: 'checkpoint'; readonly step: number }
    | Exclude<ProjectEvent['event'], { readonly type: 'state' }>
}

/** What is known of a task so far. */
type Known = { -readonly [Field in 'result' | 'error' | 'verdict' | 'suspects']: JudgedTask[Field] } & { readonly warnings: string[] }

/**
 * Trains what is due, measures it, and judges every task, in the words of the project file. Packages are in the folder `runs`. Throws
 * `interrupted` once `signal` is aborted, with what is done until then.
 */
export async function* judgedTasks(
  plans: readonly TaskPlan[],
  { signal, threads, runs }: { signal: AbortSignal; threads?: number | undefined; runs: string },
): AsyncGenerator<JudgingEvent, JudgedTask[]> {
  const known = new Map(plans.map(({ task }): [string, Known] => [task.name, { result: 'unchanged', error: null, verdict: null, suspects: [], warnings: [] }])) // biome-ignore format: one thought
  const of = (task: string) => known.get(task) as Known
  for (const { task, data } of plans.filter(({ reasons }) => reasons.length > 0)) {
    const report = checkData(splitsOf(data))
    const findings = report.findings.map((finding) => ({ ...finding, message: inNames(namingOf(task.name), finding.message) }))
    of(task.name).warnings.push(...findings.map(({ message }) => message))
    yield { task: task.name, event: { type: 'checked', data: { ...report, findings } } }
  }
  const times = new TaskTimes(plans)
  for await (const told of runProject(plans, { signal, threads })) {
    const event = named(told)
    times.hear(event)
    hear(of(told.task), event)
    const { task } = event
    yield event.event.type === 'state'
      ? { task, event: { type: 'checkpoint', step: event.event.state.step } }
      : { task, event: event.event }
  }
  if (times.examplesPerSecond !== null) writePace(runs, times.examplesPerSecond)
  const judged: JudgedTask[] = []
  for (const plan of plans) {
    const told = of(plan.task.name)
    const made = told.result === 'unchanged' ? plan.package : await packageOf(plan.task, plan.data)
    const problem = problemOf(plan, made, told.error)
    judged.push({ plan, ...told, package: made, problem, seconds: times.of(plan.task.name) })
  }
  if (!signal.aborted) return judged
  const done = judged.filter(({ package: made, error }) => error === null && made !== null).length
  throw new SoftPromptError('interrupted', `Stopped: ${done} of ${judged.length} tasks are done. The same command goes on.`)
}

/** The splits that a task has. */
export function splitsOf({ train, dev, test }: TaskPlan['data']) {
  return { train, ...(dev && { dev }), ...(test && { test }) }
}

function hear(known: Known, { task, event }: ProjectEvent): void {
  switch (event.type) {
    case 'measured':
      if (known.result === 'unchanged') known.result = 'measured'
      break
    case 'warning':
      known.warnings.push(event.message)
      break
    case 'written':
      known.result = 'trained'
      known.suspects = event.suspects
      known.verdict = verdict(event).map((line) => inNames(namingOf(task), line))
      break
    case 'failed':
      if (!(event.error instanceof SoftPromptError)) throw event.error
      known.result = 'failed'
      known.error = event.error.message
      break
    default:
  }
}

/** An event in the words of the project file. */
function named(told: ProjectEvent): ProjectEvent {
  const { task, event } = told
  const inFile = (message: string) => inNames(namingOf(task), message)
  if (event.type === 'warning') return { task, event: { ...event, message: inFile(event.message) } }
  if (event.type !== 'failed' || !(event.error instanceof SoftPromptError)) return told
  const { code, message, details } = event.error
  return {
    task,
    event: { ...event, error: new SoftPromptError(code, inFile(message), { details: details.map(inFile), cause: event.error }) },
  }
}

function problemOf({ task }: TaskPlan, made: TaskPackage | null, error: string | null): string | null {
  if (error !== null) return error.replace(/\.$/, '')
  return made === null ? 'it has no package' : shortfall(task, made)
}
