import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { SoftPromptError } from '../../shared/error.ts'
import { checkData } from '../data/check-data.ts'
import { verdict } from '../evaluate/report/verdict.ts'
import { defaultModel } from '../library/shipped.ts'
import { shortfall } from '../project/judge.ts'
import { junitReport } from '../project/junit.ts'
import type { Project } from '../project/load-project.ts'
import { readPace, writePace } from '../project/pace.ts'
import { packageOf, type TaskPackage, type TaskPlan } from '../project/plan.ts'
import { type PlannedTask, projectTasks } from '../project/project-tasks.ts'
import type { TaskData } from '../project/read-task.ts'
import { runProject } from '../project/run-project.ts'
import { columns } from './columns.ts'
import type { Result, Terminal } from './command.ts'
import { counted } from './counted.ts'
import { dataLines } from './data-lines.ts'
import { next } from './next.ts'
import { lockProject, openProject, planTasks, runsOf } from './open-project.ts'
import { showTogether } from './render-together.ts'

export interface ProjectFlags {
  readonly project?: string
  readonly only?: readonly string[]
  readonly force?: boolean
  readonly dryRun?: boolean
  readonly junit?: string
  readonly threads?: number
}

/** Trains what has changed of a project, measures it, and judges every task. */
export async function trainProject(flags: ProjectFlags, terminal: Terminal): Promise<Result> {
  const { log, signal } = terminal
  const { junit } = flags
  if (flags.dryRun === true && junit !== undefined)
    throw new SoftPromptError('usage', 'Cannot write a report of a dry run: leave out --junit, or --dry-run.')
  const project = await openProject(flags.project, 'Cannot train without a task: give --task and --train for one.')
  if (junit !== undefined) requireWritable(junit)
  const tasks = projectTasks(project, defaultModel, flags.only)
  const release = flags.dryRun === true ? () => undefined : lockProject(project, 'train')
  try {
    const plans = await planTasks(project, tasks, flags.force === true, log)
    if (flags.dryRun === true) return dryRun(project, plans, readPace(runsOf(project)))
    for (const { task, data } of plans.filter(({ reasons }) => reasons.length > 0))
      for (const line of dataLines(checkData(splitsOf(data)))) log(`${task.name}: ${line}`)
    const threads = flags.threads ?? project.content.threads
    const outcomes = await outcomesOf(plans, { terminal, threads, runs: runsOf(project) })
    if (signal.aborted)
      throw new SoftPromptError(
        'interrupted',
        `Stopped: ${counted(outcomes.filter(({ done }) => done).length, 'task')} of ${outcomes.length} are done. The same command goes on.`,
      )
    return report(project, outcomes, junit)
  } finally {
    release()
  }
}

/** Throws `usage` where no file can be written to `path`: worth asking before the work begins. */
function requireWritable(path: string): void {
  try {
    mkdirSync(dirname(resolve(path)), { recursive: true })
    closeSync(openSync(path, 'a'))
  } catch (cause) {
    throw new SoftPromptError('usage', `Cannot write ${path}: ${(cause as Error).message}. Name another file with --junit.`, { cause })
  }
}

/** The splits that a task has. */
function splitsOf({ train, dev, test }: TaskData) {
  return { train, ...(dev && { dev }), ...(test && { test }) }
}

/** What a run has told of a task so far. */
interface Told {
  readonly plan: TaskPlan
  /** What was done for it. */
  what: 'trained' | 'measured' | 'unchanged' | 'failed'
  error: string | null
  seconds: number
  /** What a colleague would say of what was trained; null of what was not. */
  verdict: readonly string[] | null
  readonly warnings: string[]
}

/** What became of a task. */
interface Outcome extends Readonly<Told> {
  readonly package: TaskPackage | null
  readonly done: boolean
}

async function outcomesOf(
  plans: readonly TaskPlan[],
  { terminal, threads, runs }: { terminal: Terminal; threads: number | undefined; runs: string },
): Promise<Outcome[]> {
  const untold = { what: 'unchanged', error: null, seconds: 0, verdict: null } as const
  const told = new Map(plans.map((plan): [string, Told] => [plan.task.name, { plan, ...untold, warnings: [] }]))
  const began = performance.now()
  let [learned, begunToLearn, endedToLearn] = [0, 0, 1] // examples, and when the first and the last of them were
  const shown = showTogether(
    plans.filter(({ reasons }) => reasons.length > 0).map(({ task }) => task.name),
    terminal,
  )
  try {
    for await (const { task, event } of runProject(plans, { signal: terminal.signal, threads })) {
      const own = told.get(task)
      if (own === undefined) throw new Error(`an event of ${task}, which is no task of the run`)
      own.seconds = (performance.now() - began) / 1000
      if (event.type === 'measured') {
        if (own.what === 'unchanged') own.what = 'measured'
        continue
      }
      shown.tell({ task, event })
      switch (event.type) {
        case 'warning':
          own.warnings.push(event.message)
          break
        case 'step':
          if (learned === 0) begunToLearn = performance.now()
          learned += own.plan.examplesPerStep
          endedToLearn = performance.now() + 1
          break
        case 'written':
          own.what = 'trained'
          own.verdict = verdict(event)
          break
        case 'failed':
          if (!(event.error instanceof SoftPromptError)) throw event.error
          own.what = 'failed'
          own.error = event.error.message
          break
        default:
      }
    }
  } finally {
    shown.close()
  }
  if (learned > 0) writePace(runs, (1000 * learned) / (endedToLearn - begunToLearn))
  const outcomes: Outcome[] = []
  for (const own of told.values()) {
    const { plan, what, error } = own
    const now = what === 'unchanged' ? plan.package : await packageOf(plan.task, plan.data)
    outcomes.push({ ...own, package: now, done: error === null && now !== null })
  }
  return outcomes
}

function report({ file }: Project, outcomes: readonly Outcome[], junit: string | undefined): Result {
  const judged = outcomes.map((outcome) => ({ ...outcome, problem: problemOf(outcome) }))
  if (junit !== undefined)
    writeFileSync(junit, junitReport(judged.map(({ plan, seconds, problem }) => ({ name: plan.task.name, seconds, failure: problem }))))
  const failed = judged.filter(({ problem }) => problem !== null)
  const figure = (metrics: Readonly<Record<string, number | undefined>> | undefined) => metrics?.accuracy?.toFixed(3) ?? '–'
  return {
    json: {
      project: file,
      tasks: judged.map(({ plan: { task }, what, package: made, error, seconds, verdict, warnings, problem }) => ({
        ...{ task: task.name, result: what, package: task.out, prompt: made?.id ?? null, seconds, warnings },
        ...{
          dev: made?.card.metrics ?? null,
          test: made?.measurement?.evaluation.metrics ?? null,
          baselines: made?.card.baselines ?? null,
        },
        ...{ minimum: task.minimum, passed: problem === null, problem, error, verdict },
      })),
      failed: failed.map(({ plan }) => plan.task.name),
    },
    text: [
      columns(
        ['TASK', 'RESULT', 'DEV', 'PROBE', 'TEST', 'MINIMUM'],
        judged.map(({ plan: { task }, what, package: made, problem }) => [
          ...[
            task.name,
            what,
            figure(made?.card.metrics),
            figure(made?.card.baselines.probe),
            figure(made?.measurement?.evaluation.metrics),
          ],
          minimumText(task.minimum, problem),
        ]),
      ),
      '',
      ...failed.map(({ plan, problem, verdict }) => [`${plan.task.name}: ${problem}.`, ...(verdict?.slice(1) ?? [])].join(' ')),
      failed.length === 0
        ? next(['publish'])
        : failed.length === judged.length
          ? 'No task passed.'
          : `${counted(failed.length, 'task')} of ${judged.length} did not pass; softprompt publish publishes the others.`,
    ].join('\n'),
    failed: failed.length > 0,
  }
}

function minimumText(minimum: PlannedTask['minimum'], problem: string | null): string {
  const wanted = Object.entries(minimum).map(([metric, value]) => `${metric} ${value}`)
  return wanted.length === 0 ? '–' : `${wanted.join(', ')}: ${problem === null ? 'passed' : 'missed'}`
}

/** Why a task did not pass; null where it did. */
function problemOf({ plan: { task }, package: made, error }: Outcome): string | null {
  if (error !== null) return error.replace(/\.$/, '')
  if (made === null) return 'it has no package'
  return shortfall(task, made)
}

function dryRun({ file }: Project, plans: readonly TaskPlan[], pace: number | null): Result {
  const due = plans.filter(({ reasons }) => reasons.length > 0)
  const examples = due.reduce((sum, { examplesToLearn }) => sum + examplesToLearn, 0)
  const todo = ({ task, package: found, reasons, begun }: TaskPlan) =>
    reasons.length > 0 ? `train: ${reasons.join(', ')}${begun ? ' (goes on from its checkpoint)' : ''}` : task.test !== null && found?.measurement === null ? 'measure on test' : 'nothing: up to date' // biome-ignore format: one thought
  return {
    json: {
      project: file,
      tasks: plans.map((plan) => ({
        task: plan.task.name,
        train: plan.reasons.length > 0,
        reasons: plan.reasons,
        begun: plan.begun,
        examples: plan.examplesToLearn,
      })),
      examples,
      seconds: pace === null ? null : examples / pace,
    },
    text: [
      columns(
        ['TASK', 'EXAMPLES', 'TODO'],
        plans.map((plan) => [plan.task.name, String(plan.data.train.examples.length), todo(plan)]),
      ),
      '',
      due.length === 0
        ? 'Nothing to train.'
        : `${counted(due.length, 'task')} to train: ${examples} examples, each counted as often as it is seen, at most; ${aboutTime(examples, pace)}.`,
    ].join('\n'),
  }
}

/** How long learning takes, as the last run went. */
function aboutTime(examples: number, pace: number | null): string {
  if (pace === null) return 'how long that takes is known after a first run'
  const minutes = examples / pace / 60
  return `some ${minutes < 1 ? `${Math.ceil(60 * minutes)} seconds` : `${Math.round(minutes)} minutes`} at the ${Math.round(pace)} examples a second of the last run`
}
