import { SoftPromptError } from '../../../shared/error.ts'
import { pointerOf } from '../../../shared/formats/task-pointer.ts'
import { bucketOf, namesBucket } from '../../library/project-bucket.ts'
import { defaultModel } from '../../library/shipped.ts'
import { useBucket } from '../../library/use-bucket.ts'
import { shortfall } from '../../project/judge.ts'
import { openProject, planTasks } from '../../project/open-project.ts'
import type { TaskPlan } from '../../project/plan.ts'
import { projectTasks } from '../../project/project-tasks.ts'
import { readLog } from '../../publish/move-pointer.ts'
import { type BucketFlags, withBucketOptions } from '../bucket-options.ts'
import { columns } from '../columns.ts'
import { type AddCommand, groups, run } from '../command.ts'
import { projectHelp } from '../project-options.ts'
import { shortHash } from '../readable-hash.ts'

interface Flags extends BucketFlags {
  readonly project?: string
}

export const statusCommand: AddCommand = (program) => {
  const command = program
    .command('status')
    .helpGroup(groups.learn)
    .description('Show the tasks of a project file: data, package, how good it is, what is live, what is stale.')
    .option('--project <file>', projectHelp)
  withBucketOptions(command).action((flags: Flags) =>
    run(flags.json === true, async ({ signal, warn }) => {
      const project = await openProject(flags.project, 'Cannot show the state of a project without one.')
      const plans = await planTasks(project, projectTasks(project, defaultModel), { signal })
      const { where, live, problem } = await liveIn(bucketOf(project, flags), namesBucket(flags), plans, signal)
      const states = plans.map((plan) => stateOf(plan, live))
      if (problem !== null) warn(`what is live is not known: ${problem}`)
      return {
        json: { project: project.file, where, problem, tasks: states },
        text: columns(['TASK', 'TRAIN', 'DEV', 'TEST', 'PACKAGE', 'DEV ACC', 'TEST ACC', 'MINIMUM', 'LIVE', 'STALE'], states.map((state) => row(state, live !== null))), // biome-ignore format: a table
      }
    }),
  )
}

/** The prompt that answers for each task, null where none does; and why that is not known where the bucket can't be asked. */
interface Live {
  readonly where: string | null
  readonly live: ReadonlyMap<string, string | null> | null
  readonly problem: string | null
}

/** What is live in a bucket. One that was named has to be there; another may be missing, or nobody be logged in. */
async function liveIn(place: BucketFlags, named: boolean, plans: readonly TaskPlan[], signal: AbortSignal): Promise<Live> {
  try {
    return await useBucket(place, signal, async ({ bucket, where }) => {
      const live = new Map<string, string | null>()
      for (const { task } of plans) {
        const log = (await readLog(bucket, task.name))?.log ?? null
        live.set(task.name, (log && pointerOf(log)?.live.prompt) ?? null)
      }
      return { where, live, problem: null }
    })
  } catch (error) {
    const known = error instanceof SoftPromptError && (error.code === 'storage' || (error.code === 'usage' && !named))
    if (!known) throw error
    return { where: null, live: null, problem: error.message }
  }
}

/** What there is of a task. */
function stateOf({ task, data, package: found, reasons }: TaskPlan, allLive: Live['live']) {
  const live = allLive?.get(task.name) ?? null
  const passes = Object.keys(task.minimum).length === 0 || found === null ? null : shortfall(task, found) === null
  return {
    task: task.name,
    examples: { train: data.train.examples.length, dev: data.dev?.examples.length ?? null, test: data.test?.examples.length ?? null },
    package: found && { folder: task.out, prompt: found.id, method: found.card.method },
    dev: found?.card.metrics ?? null,
    test: found?.measurement?.evaluation.metrics ?? null,
    passes,
    live,
    liveIsPackage: allLive === null ? null : found !== null && live === found.id,
    stale: reasons,
  }
}

function row(
  { task, examples, package: found, dev, test, passes, live, liveIsPackage, stale }: ReturnType<typeof stateOf>,
  known: boolean,
): string[] {
  const accuracy = (metrics: Readonly<Record<string, number | undefined>> | null) => metrics?.accuracy?.toFixed(3) ?? '–'
  return [
    task,
    String(examples.train),
    examples.dev === null ? 'held out' : String(examples.dev),
    examples.test === null ? '–' : String(examples.test),
    found === null ? '–' : shortHash(found.prompt),
    ...[accuracy(dev), accuracy(test)],
    passes === null ? '–' : passes ? 'passed' : 'missed',
    !known ? '?' : live === null ? '–' : liveIsPackage ? 'this package' : shortHash(live),
    stale.length === 0 ? '–' : stale.join(', '),
  ]
}
