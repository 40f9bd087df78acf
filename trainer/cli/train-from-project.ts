import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { SoftPromptError } from '../../shared/error.ts'
import { beginsWith } from '../disk/begins-with.ts'
import { makeFolder } from '../disk/make-folder.ts'
import { begun } from '../library/run.ts'
import { defaultModel } from '../library/shipped.ts'
import { trainTasks } from '../library/train-tasks.ts'
import type { JudgingEvent } from '../project/judged-tasks.ts'
import { junitMark, junitReport } from '../project/junit.ts'
import type { Project } from '../project/load-project.ts'
import { measuredPace } from '../project/measured-pace.ts'
import { openProject, planTasks, runsOf } from '../project/open-project.ts'
import { readPace } from '../project/pace.ts'
import type { TaskPlan } from '../project/plan.ts'
import { projectTasks } from '../project/project-tasks.ts'
import { namingOf } from '../project/task-naming.ts'
import type { Result, Terminal } from './command.ts'
import { tellData } from './data-lines.ts'
import { type LearningPace, planned } from './planned.ts'
import { projectResultText } from './project-result-text.ts'
import { showTogether } from './render-together.ts'

export interface ProjectFlags {
  readonly project?: string
  readonly only?: readonly string[]
  readonly force?: boolean
  readonly dryRun?: boolean
  readonly junit?: string
  readonly threads?: number
}

/** Trains what has changed of a project, measures it, and judges every task; of a dry run only says so. */
export async function trainFromProject({ project: named, junit, dryRun, ...flags }: ProjectFlags, terminal: Terminal): Promise<Result> {
  const { log: tell, signal } = terminal
  if (dryRun === true && junit !== undefined)
    throw new SoftPromptError('usage', 'Cannot write a report of a dry run: leave out --junit, or --dry-run.')
  const project = await openProject(named, 'Cannot train without a task: give --task and --train for one.')
  if (dryRun === true) {
    const plans = await planTasks(project, projectTasks(project, defaultModel, flags.only), {
      force: flags.force,
      learning: true,
      tell,
      signal,
    })
    return planned(project, plans, await paceOf(project, plans, { ...flags, ...terminal }))
  }
  if (junit !== undefined) requireWritable(junit)
  const training = begun(trainTasks(project, { ...flags, signal, tell }))
  await showTraining(training, terminal)
  const result = await training
  const cases = result.tasks.map(({ task: name, seconds, problem: failure }) => ({ name, seconds, failure }))
  if (junit !== undefined) writeFileSync(junit, junitReport(cases))
  return { json: { ...result }, text: projectResultText(result, named), failed: result.failed.length > 0 }
}

/** How fast a project learns here: as its last run did, else as a few steps do that are tried now. */
async function paceOf(
  project: Project,
  plans: readonly TaskPlan[],
  { threads = project.content.threads, signal, log }: Pick<ProjectFlags, 'threads'> & Pick<Terminal, 'signal' | 'log'>,
): Promise<LearningPace | null> {
  const last = readPace(runsOf(project))
  if (last !== null) return { examplesPerSecond: last, of: 'the last run' }
  const tried = await measuredPace(plans, { signal, threads, tell: log })
  return tried === null ? null : { examplesPerSecond: tried, of: 'a few steps that were tried' }
}

/** Throws `usage` where no file can be written to `path`: worth asking before the work begins. */
function requireWritable(path: string): void {
  try {
    makeFolder(dirname(resolve(path)))
    if (existsSync(path) && !beginsWith(path, junitMark)) throw new Error('the file that is there is no JUnit report, and would be lost')
    closeSync(openSync(path, 'a'))
  } catch (cause) {
    throw new SoftPromptError('usage', `Cannot write ${path}: ${(cause as Error).message}. Name another file with --junit.`, { cause })
  }
}

/** Shows what is told of the tasks: first what was found in the examples of all that are due. */
async function showTraining(events: AsyncIterable<JudgingEvent>, terminal: Terminal): Promise<void> {
  const due: string[] = []
  let shown: ReturnType<typeof showTogether> | null = null
  try {
    for await (const { task, event } of events) {
      if (event.type === 'checked') {
        due.push(task)
        tellData(event.data, terminal, task)
      } else if (event.type !== 'measured' && event.type !== 'checkpoint') {
        shown ??= showTogether(due, terminal, namingOf)
        shown.tell({ task, event })
      }
    }
  } finally {
    shown?.close()
  }
}
