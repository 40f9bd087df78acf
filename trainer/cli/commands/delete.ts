import { deleteTask } from '../../publish/delete.ts'
import { type BucketFlags, useBucket, withBucketOptions } from '../bucket-options.ts'
import { type AddCommand, groups, run } from '../command.ts'
import { taskArgument } from '../options.ts'

export const deleteCommand: AddCommand = (program) => {
  const command = program
    .command('delete')
    .helpGroup(groups.publish)
    .description('Take a task offline. Its prompts stay stored until gc.')
    .argument('<task>', "the task's name", taskArgument)
  withBucketOptions(command).action((task: string, flags: BucketFlags) =>
    run(flags.json === true, ({ signal }) =>
      useBucket(flags, signal, async ({ bucket, where }) => {
        await deleteTask(bucket, task)
        const text = `Deleted task ${task} in ${where}. Its prompts and its model stay stored until softprompt gc removes what no task refers to; until then softprompt publish uploads nothing twice.`
        return { json: { task, deleted: true, where }, text }
      }),
    ),
  )
}
