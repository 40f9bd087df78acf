import { listTasks } from '../../../shared/engine/stored-task.ts'
import { versionsOf } from '../../../shared/formats/task-pointer.ts'
import { useBucket } from '../../library/use-bucket.ts'
import { bucketStore } from '../../publish/bucket/bucket.ts'
import { describeTask, type TaskDescription } from '../../publish/describe-task.ts'
import { type BucketFlags, withBucketOptions } from '../bucket-options.ts'
import { columns } from '../columns.ts'
import { type AddCommand, groups, run } from '../command.ts'
import { shortHash } from '../readable-hash.ts'

/** Tasks described at the same time. */
const together = 16

export const listCommand: AddCommand = (program) => {
  const command = program.command('list').helpGroup(groups.publish).description('List the published tasks.')
  withBucketOptions(command).action((flags: BucketFlags) =>
    run(flags.json === true, ({ signal }) =>
      useBucket(flags, signal, async ({ bucket, where }) => {
        const { names } = await listTasks(bucketStore(bucket))
        const tasks: TaskDescription[] = []
        for (let i = 0; i < names.length; i += together)
          tasks.push(...(await Promise.all(names.slice(i, i + together).map((task) => describeTask(bucket, task)))))
        const published = tasks.filter(({ pointer, problem }) => pointer !== null || problem !== null) // the others were deleted
        const text =
          published.length === 0
            ? `No task is published in ${where}.`
            : columns(['TASK', 'LIVE', 'METHOD', 'TOKENS', 'LABELS', 'MODEL', 'VERSIONS', 'UPDATED'], published.map(row))
        return { json: { tasks: published.map(({ events: _, ...rest }) => rest), where }, text }
      }),
    ),
  )
}

function row({ task, problem, pointer, card, models }: TaskDescription): string[] {
  if (pointer === null || card === null) return [task, `! ${problem}`]
  const described = models.map(({ name, weights }) => `${shortHash(pointer.live.models[weights] ?? '')} (${name} ${weights})`)
  return [
    task,
    shortHash(pointer.live.prompt),
    card.method,
    String(card.virtualTokens),
    String(card.labels.length),
    [...described, ...(problem === null ? [] : [`! ${problem}`])].join(', '),
    String(versionsOf(pointer).length),
    pointer.updated,
  ]
}
