import { pointerOf } from '../../../shared/formats/task-pointer.ts'
import { defaultModel } from '../../library/shipped.ts'
import { useBucket } from '../../library/use-bucket.ts'
import { shortfall } from '../../project/judge.ts'
import type { TaskPlan } from '../../project/plan.ts'
import { projectTasks } from '../../project/project-tasks.ts'
import { readLog } from '../../publish/move-pointer.ts'
import { type BucketFlags, withBucketOptions } from '../bucket-options.ts'
import { columns } from '../columns.ts'
import { type AddCommand, groups, run } from '../command.ts'
import { bucketOf, openProject, planTasks } from '../open-project.ts'
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
    run(flags.json === true, async ({ signal }) => {
      const project = await openProject(flags.project, 'Cannot show the state of a project without one.')
      const plans = await planTasks(project, projectTasks(project, defaultModel), false)
      return useBucket(bucketOf(project, flags), signal, async ({ bucket, where }) => {
        const states = []
        for (const plan of plans) {
          const log = (await readLog(bucket, plan.task.name))?.log ?? null
          states.push(stateOf(plan, (log && pointerOf(log)?.live.prompt) ?? null))
        }
        return {
          json: { project: project.file, where, tasks: states },
          text: columns(['TASK', 'TRAIN', 'DEV', 'TEST', 'PACKAGE', 'DEV ACC', 'TEST ACC', 'MINIMUM', 'LIVE', 'STALE'], states.map(row)),
        }
      })
    }),
  )
}

/** What there is of a task; `live` is the prompt that answers now. */
function stateOf({ task, data, package: found, reasons }: TaskPlan, live: string | null) {
  const passes = Object.keys(task.minimum).length === 0 || found === null ? null : shortfall(task, found) === null
  return {
    task: task.name,
    examples: { train: data.train.examples.length, dev: data.dev?.examples.length ?? null, test: data.test?.examples.length ?? null },
    package: found && { folder: task.out, prompt: found.id, method: found.card.method },
    dev: found?.card.metrics ?? null,
    test: found?.measurement?.evaluation.metrics ?? null,
    passes,
    live,
    liveIsPackage: found !== null && live === found.id,
    stale: reasons,
  }
}

function row({ task, examples, package: found, dev, test, passes, live, liveIsPackage, stale }: ReturnType<typeof stateOf>): string[] {
  const accuracy = (metrics: Readonly<Record<string, number | undefined>> | null) => metrics?.accuracy?.toFixed(3) ?? '–'
  return [
    task,
    String(examples.train),
    examples.dev === null ? 'held out' : String(examples.dev),
    examples.test === null ? '–' : String(examples.test),
    found === null ? '–' : shortHash(found.prompt),
    ...[accuracy(dev), accuracy(test)],
    passes === null ? '–' : passes ? 'passed' : 'missed',
    live === null ? '–' : liveIsPackage ? 'this package' : shortHash(live),
    stale.length === 0 ? '–' : stale.join(', '),
  ]
}
