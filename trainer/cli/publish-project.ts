import { SoftPromptError } from '../../shared/error.ts'
import { pointerOf } from '../../shared/formats/task-pointer.ts'
import { modelsInFormats } from '../library/model-formats.ts'
import { defaultModel } from '../library/shipped.ts'
import { useBucket } from '../library/use-bucket.ts'
import { shortfall } from '../project/judge.ts'
import { lockProject, openProject, planTasks } from '../project/open-project.ts'
import type { TaskPlan } from '../project/plan.ts'
import { projectTasks } from '../project/project-tasks.ts'
import { namingOf } from '../project/task-naming.ts'
import type { Bucket } from '../publish/bucket/bucket.ts'
import { ModelPackages } from '../publish/model-packages.ts'
import { readLog } from '../publish/move-pointer.ts'
import { preparePublication, publish } from '../publish/publish.ts'
import { inNames } from '../train/setting-names.ts'
import { type BucketFlags, bucketOf } from './bucket-options.ts'
import { columns } from './columns.ts'
import type { Result, Terminal } from './command.ts'
import { counted } from './counted.ts'
import { shortHash } from './readable-hash.ts'

export interface PublishProjectFlags extends BucketFlags {
  readonly project?: string
  readonly only?: readonly string[]
  readonly formats?: readonly string[]
  readonly anySize?: true
}

interface Published {
  readonly task: string
  readonly result: 'published' | 'live already' | 'not published'
  readonly prompt: string | null
  /** Why it was not published. */
  readonly problem: string | null
}

/**
 * Publishes every package of a project that is up to date, passes its minimum and is not live yet. Where the bucket fails, those before are told of
 * all the same.
 */
export async function publishProject(flags: PublishProjectFlags, terminal: Terminal): Promise<Result> {
  const { log, signal } = terminal
  const project = await openProject(flags.project, 'Cannot publish without a package: name the folder of one.')
  const tasks = projectTasks(project, defaultModel, flags.only)
  const release = lockProject(project, 'publish')
  const shared = new ModelPackages()
  try {
    const plans = await planTasks(project, tasks, { tell: log, signal })
    const place = bucketOf(project, flags)
    return await useBucket(place, signal, async ({ bucket, where }) => {
      const done: Published[] = []
      let lost: string | null = null // why nothing more can be stored
      for (const plan of plans) {
        const { task, package: found } = plan
        const problem = problemOf(plan) ?? lost
        const not = (problem: string) => ({ task: task.name, result: 'not published', prompt: found?.id ?? null, problem }) as const
        try {
          done.push(
            problem === null && found !== null ? await published(plan, found.id, { bucket, shared, place, terminal }) : not(problem ?? ''),
          )
        } catch (error) {
          if (!(error instanceof SoftPromptError) || error.code === 'interrupted') throw error
          if (error.code === 'storage') lost = 'the bucket failed before'
          done.push(not(inNames(namingOf(task.name), error.message)))
        }
      }
      return report(done, where)
    })
  } finally {
    await shared.close()
    release()
  }
}

/** Makes a task's package live, unless it is. */
async function published(
  { task: { name, out, model } }: TaskPlan,
  prompt: string,
  { bucket, shared, place, terminal }: { bucket: Bucket; shared: ModelPackages; place: PublishProjectFlags; terminal: Terminal },
): Promise<Published> {
  const { formats, anySize, store } = place
  const { log, warn, status, signal } = terminal
  const models = formats === undefined ? [model] : modelsInFormats([model], formats)
  const current = await readLog(bucket, name)
  const live = current === null ? null : (pointerOf(current.log)?.live ?? null)
  if (live?.prompt === prompt && formats === undefined) return { task: name, result: 'live already', prompt, problem: null }
  const publication = await preparePublication(out, models, { anySize: anySize === true || store !== undefined, shared })
  for (const warning of publication.warnings) warn(`${name}: ${inNames(namingOf(name), warning)}`)
  const { changed } = await publish(bucket, publication, signal, log, status)
  return { task: name, result: changed ? 'published' : 'live already', prompt, problem: null }
}

/** Why a task's package is not to be published; null where it may be. */
function problemOf({ task, package: found, reasons }: TaskPlan): string | null {
  if (found === null || reasons.length > 0) return `${reasons.join(', ')}: train it first`
  return shortfall(task, found)
}

function report(done: readonly Published[], where: string): Result {
  const held = done.filter(({ result }) => result === 'not published')
  return {
    json: { tasks: done, where, notPublished: held.map(({ task }) => task) },
    text: [
      columns(
        ['TASK', 'RESULT', 'PROMPT'],
        done.map(({ task, result, prompt }) => [task, result, prompt === null ? '–' : shortHash(prompt)]),
      ),
      '',
      ...held.map(({ task, problem }) => `${task}: ${problem?.replace(/\.$/, '')}.`),
      `${counted(done.length - held.length, 'task')} of ${done.length} are live in ${where}.`,
    ].join('\n'),
    failed: held.length > 0,
  }
}
