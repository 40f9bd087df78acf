import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { SoftPromptError } from '../../shared/error.ts'
import { begun } from '../library/run.ts'
import { defaultModel } from '../library/shipped.ts'
import { type JudgedTask, judgedTasks } from '../project/judged-tasks.ts'
import { junitReport } from '../project/junit.ts'
import { lockProject, openProject, planTasks, runsOf } from '../project/open-project.ts'
import { readPace } from '../project/pace.ts'
import type { TaskPlan } from '../project/plan.ts'
import { projectResult } from '../project/project-result.ts'
import { projectTasks } from '../project/project-tasks.ts'
import { namingOf } from '../project/task-naming.ts'
import type { Result, Terminal } from './command.ts'
import { dataLines } from './data-lines.ts'
import { judgedText } from './judged-text.ts'
import { planned } from './planned.ts'
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
  const { junit, dryRun = false, force, only } = flags
  if (dryRun && junit !== undefined)
    throw new SoftPromptError('usage', 'Cannot write a report of a dry run: leave out --junit, or --dry-run.')
  const project = await openProject(flags.project, 'Cannot train without a task: give --task and --train for one.')
  if (junit !== undefined) requireWritable(junit)
  const tasks = projectTasks(project, defaultModel, only)
  const release = dryRun ? () => undefined : lockProject(project, 'train')
  try {
    const plans = await planTasks(project, tasks, { force, tell: log, signal })
    if (dryRun) return planned(project, plans, readPace(runsOf(project)))
    const threads = flags.threads ?? project.content.threads
    const judged = await judgedOn(terminal, plans, { threads, runs: runsOf(project) })
    if (junit !== undefined) writeFileSync(junit, junitReport(judged.map(({ plan, seconds, problem }) => ({ name: plan.task.name, seconds, failure: problem })))) // biome-ignore format: one thought
    const result = projectResult(project, judged)
    return { json: { ...result }, text: judgedText(judged, flags.project), failed: result.failed.length > 0 }
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

/** What becomes of the tasks, shown on a terminal meanwhile. */
async function judgedOn(
  terminal: Terminal,
  plans: readonly TaskPlan[],
  { threads, runs }: { threads: number | undefined; runs: string },
): Promise<JudgedTask[]> {
  const judging = begun(judgedTasks(plans, { signal: terminal.signal, threads, runs }))
  const due = plans.filter(({ reasons }) => reasons.length > 0).map(({ task }) => task.name)
  const shown = showTogether(due, terminal, namingOf)
  try {
    for await (const { task, event } of judging) {
      if (event.type === 'checked') for (const line of dataLines(event.data)) terminal.log(`${task}: ${line}`)
      else if (event.type !== 'measured') shown.tell({ task, event })
    }
  } finally {
    shown.close()
  }
  return judging
}
