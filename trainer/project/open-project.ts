import { join, resolve } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { SoftPromptError } from '../../shared/error.ts'
import { lockFolder } from '../disk/lock.ts'
import { openTokenizer } from '../import/open-model.ts'
import { inNames } from '../train/setting-names.ts'
import { badProject } from './check-project.ts'
import { findProjectFile, loadProject, type Project } from './load-project.ts'
import { planTask, type TaskPlan } from './plan.ts'
import type { PlannedTask } from './project-tasks.ts'
import { namingOf } from './task-naming.ts'

/** The project file that is meant, read. Throws `usage` where there is none. */
export async function openProject(named: string | undefined, without: string): Promise<Project> {
  const file = named ?? findProjectFile()
  if (file !== null) return loadProject(file)
  throw new SoftPromptError(
    'usage',
    `${without} There is no project file here either: softprompt init writes one, or name it with --project.`,
  )
}

/**
 * What there is of every task, and what there is to do; where what is due will be learned, that it can be. Throws `usage` with what is wrong with all
 * of them, and `interrupted` once `signal` is aborted.
 */
export async function planTasks(
  project: Project,
  tasks: readonly PlannedTask[],
  {
    force = false,
    learning = false,
    tell,
    signal,
  }: { force?: boolean | undefined; learning?: boolean; tell?: (line: string) => void; signal: AbortSignal },
): Promise<TaskPlan[]> {
  const problems: string[] = []
  const plans: TaskPlan[] = []
  const tokenizers = new Map<string, ReturnType<typeof openTokenizer>>()
  const tokenizerOf = (model: string) => {
    const tokenizer = tokenizers.get(model) ?? openTokenizer(model)
    tokenizers.set(model, tokenizer)
    return tokenizer
  }
  for (const task of tasks) {
    await nextTurn() // in which a signal is heard
    if (signal.aborted) throw new SoftPromptError('interrupted', 'Interrupted: nothing was begun.')
    try {
      plans.push(await planTask(task, { force, learning, tokenizerOf, ...(tell && { tell }) }))
    } catch (error) {
      if (!(error instanceof SoftPromptError)) throw error
      problems.push(`tasks.${task.name}: ${inNames(namingOf(task.name), error.message)}`)
    }
  }
  if (problems.length > 0) throw badProject(project.file, problems)
  return plans
}

/** Takes a project's packages for this process, until what it returns is called. Throws `usage` where another one has them. */
export function lockProject(project: Project, doing: string): () => void {
  const release = lockFolder(runsOf(project))
  if (release !== null) return release
  throw new SoftPromptError(
    'usage',
    `Cannot ${doing} ${project.file}: another softprompt is at work on it. Wait until it has ended, or end it; if none is, remove ${join(runsOf(project), '.softprompt-lock-*')}.`,
  )
}

/** The folder of a project's packages. */
export function runsOf({ folder, content }: Project): string {
  return resolve(folder, content.runs ?? 'runs')
}
