import { SoftPromptError } from '../../shared/error.ts'
import { pointerOf } from '../../shared/formats/task-pointer.ts'
import { shortfall } from '../project/judge.ts'
import type { Project } from '../project/load-project.ts'
import { lockProject, planTasks } from '../project/open-project.ts'
import type { TaskPlan } from '../project/plan.ts'
import { projectTasks } from '../project/project-tasks.ts'
import { namingOf } from '../project/task-naming.ts'
import type { Bucket } from '../publish/bucket/bucket.ts'
import { ModelPackages } from '../publish/model-packages.ts'
import { readLog } from '../publish/move-pointer.ts'
import { preparePublication, publish } from '../publish/publish.ts'
import { inNames } from '../train/setting-names.ts'
import type { ProjectPublishEvent, PublishedTask } from './events.ts'
import { modelsInFormats } from './model-formats.ts'
import type { ProjectPublishOptions } from './options.ts'
import { bucketOf } from './project-bucket.ts'
import { telling } from './run.ts'
import { defaultModel } from './shipped.ts'
import { useBucket } from './use-bucket.ts'

/** What became of a project's packages: what `softprompt publish --json` prints of one. */
export interface PublishedProject {
  readonly tasks: readonly PublishedTask[]
  /** For people: the bucket. */
  readonly where: string
  /** Those that were not published, and are not live. */
  readonly notPublished: readonly string[]
}

interface Publishing extends Omit<ProjectPublishOptions, 'project'> {
  readonly local?: true
  readonly signal: AbortSignal
  /** Is told, in a line each, how files are read where that is not obvious. */
  readonly notes?: (line: string) => void
}

type Tell = (event: ProjectPublishEvent) => void

/**
 * Publishes every package of a project that is up to date, passes its minimum and is not live yet. Where the bucket fails, those before are told of
 * all the same.
 */
export async function* publishTasks(project: Project, options: Publishing): AsyncGenerator<ProjectPublishEvent, PublishedProject> {
  const { signal, only, notes = () => undefined } = options
  const tasks = projectTasks(project, defaultModel, only)
  const release = lockProject(project, 'publish')
  const shared = new ModelPackages()
  try {
    const plans = await planTasks(project, tasks, { tell: notes, signal })
    const place = bucketOf(project, options)
    return yield* telling<ProjectPublishEvent, PublishedProject>((tell) =>
      useBucket(place, signal, async ({ bucket, where }) => {
        const done = await publishAll(plans, { ...place, bucket, shared, tell })
        return { tasks: done, where, notPublished: done.filter(({ result }) => result === 'not published').map(({ task }) => task) }
      }),
    )
  } finally {
    await shared.close()
    release()
  }
}

/** Where packages go, and who is told. */
interface Storing extends Publishing {
  readonly bucket: Bucket
  readonly shared: ModelPackages
  readonly tell: Tell
}

async function publishAll(plans: readonly TaskPlan[], storing: Storing): Promise<PublishedTask[]> {
  const done: PublishedTask[] = []
  let lost: string | null = null // why nothing more can be stored
  for (const plan of plans) {
    const { task, package: found } = plan
    const problem = problemOf(plan) ?? lost
    const not = (problem: string) => ({ task: task.name, result: 'not published', prompt: found?.id ?? null, problem }) as const
    let settled: PublishedTask
    try {
      settled = problem === null && found !== null ? await published(plan, found.id, storing) : not(problem ?? '')
    } catch (error) {
      if (!(error instanceof SoftPromptError) || error.code === 'interrupted') throw error
      if (error.code === 'storage') lost = 'the bucket failed before'
      settled = not(inNames(namingOf(task.name), error.message))
    }
    done.push(settled)
    const { task: name, ...rest } = settled
    storing.tell({ task: name, event: { type: 'settled', ...rest } })
  }
  return done
}

/** Makes a task's package live, unless it is. */
async function published(
  { task: { name, out, model } }: TaskPlan,
  prompt: string,
  { formats, anySize, store, signal, bucket, shared, tell }: Storing,
): Promise<PublishedTask> {
  const models = formats === undefined ? [model] : modelsInFormats([model], formats)
  const current = await readLog(bucket, name)
  const live = current === null ? null : (pointerOf(current.log)?.live ?? null)
  if (live?.prompt === prompt && formats === undefined) return { task: name, result: 'live already', prompt, problem: null }
  const publication = await preparePublication(out, models, { anySize: anySize === true || store !== undefined, shared })
  const say = (type: 'note' | 'warning' | 'progress') => (message: string) => tell({ task: name, event: { type, message } })
  for (const warning of publication.warnings) say('warning')(inNames(namingOf(name), warning))
  const { changed } = await publish(bucket, publication, signal, say('note'), say('progress'))
  return { task: name, result: changed ? 'published' : 'live already', prompt, problem: null }
}

/** Why a task's package is not to be published; null where it may be. */
function problemOf({ task, package: found, reasons }: TaskPlan): string | null {
  if (found === null || reasons.length > 0) return `${reasons.join(', ')}: train it first`
  return shortfall(task, found)
}
