import { type JudgingEvent, judgedTasks } from '../project/judged-tasks.ts'
import type { Project } from '../project/load-project.ts'
import { lockProject, planTasks, runsOf } from '../project/open-project.ts'
import { type ProjectResult, projectResult } from '../project/project-result.ts'
import { projectTasks } from '../project/project-tasks.ts'
import { isDue } from '../project/run-project.ts'
import { lockOutputs } from '../train/lock-output.ts'
import type { ProjectOptions } from './options.ts'
import { defaultModel } from './shipped.ts'

interface Training extends Omit<ProjectOptions, 'project'> {
  readonly signal: AbortSignal
  /** Is told, in a line each, how files are read where that is not obvious. */
  readonly tell?: (line: string) => void
}

/** Trains what has changed of a project, measures it, and judges every task. */
export async function* trainTasks(
  project: Project,
  { only, force, threads = project.content.threads, signal, tell = () => undefined }: Training,
): AsyncGenerator<JudgingEvent, ProjectResult> {
  const tasks = projectTasks(project, defaultModel, only)
  const release = lockProject(project, 'train')
  try {
    const plans = await planTasks(project, tasks, { force, learning: true, tell, signal })
    const releaseOutputs = lockOutputs(plans.filter(isDue).map(({ task }) => task.out), `train ${project.file}`) // biome-ignore format: one call
    try {
      return projectResult(project, yield* judgedTasks(plans, { signal, threads, runs: runsOf(project) }))
    } finally {
      releaseOutputs()
    }
  } finally {
    release()
  }
}
