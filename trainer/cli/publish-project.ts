import { SoftPromptError } from '../../shared/error.ts'
import { pointerOf } from '../../shared/formats/task-pointer.ts'
import { modelsInFormats } from '../library/model-formats.ts'
import { defaultModel } from '../library/shipped.ts'
import { useBucket } from '../library/use-bucket.ts'
import { shortfall } from '../project/judge.ts'
import type { TaskPlan } from '../project/plan.ts'
import { projectTasks } from '../project/project-tasks.ts'
import { ModelPackages } from '../publish/model-packages.ts'
import { readLog } from '../publish/move-pointer.ts'
import { preparePublication, publish } from '../publish/publish.ts'
import type { BucketFlags } from './bucket-options.ts'
import { columns } from './columns.ts'
import type { Result, Terminal } from './command.ts'
import { counted } from './counted.ts'
import { bucketOf, lockProject, openProject, planTasks } from './open-project.ts'
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

/** Publishes every package of a project that is up to date, passes its minimum and is not live yet. */
export async function publishProject(flags: PublishProjectFlags, { log, warn, status, signal }: Terminal): Promise<Result> {
  const project = await openProject(flags.project, 'Cannot publish without a package: name the folder of one.')
  const tasks = projectTasks(project, defaultModel, flags.only)
  const release = lockProject(project, 'publish')
  const shared = new ModelPackages()
  try {
    const plans = await planTasks(project, tasks, false, log)
    const place = bucketOf(project, flags)
    return await useBucket(place, signal, async ({ bucket, where }) => {
      const done: Published[] = []
      for (const plan of plans) {
        const { task, package: found } = plan
        const problem = problemOf(plan)
        if (problem !== null || found === null) {
          done.push({ task: task.name, result: 'not published', prompt: found?.id ?? null, problem })
          continue
        }
        const models = flags.formats === undefined ? [task.model] : modelsInFormats([task.model], flags.formats)
        const current = await readLog(bucket, task.name)
        const live = current === null ? null : (pointerOf(current.log)?.live ?? null)
        if (live?.prompt === found.id && flags.formats === undefined) {
          done.push({ task: task.name, result: 'live already', prompt: found.id, problem: null })
          continue
        }
        const anySize = flags.anySize === true || place.store !== undefined
        try {
          const publication = await preparePublication(task.out, models, { anySize, shared })
          for (const warning of publication.warnings) warn(`${task.name}: ${warning}`)
          const { changed } = await publish(bucket, publication, signal, log, status)
          done.push({ task: task.name, result: changed ? 'published' : 'live already', prompt: found.id, problem: null })
        } catch (error) {
          if (!(error instanceof SoftPromptError) || error.code === 'interrupted' || error.code === 'storage') throw error
          done.push({ task: task.name, result: 'not published', prompt: found.id, problem: error.message })
        }
      }
      return report(done, where)
    })
  } finally {
    await shared.close()
    release()
  }
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
