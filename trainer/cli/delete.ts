import { taskKey } from '../../shared/formats/storage-keys.ts'
import { stored } from '../publish/bucket/retry.ts'
import { unknownTask } from '../publish/task-pointer.ts'
import { type BucketFlags, useBucket, withBucketOptions } from './bucket-options.ts'
import { type AddCommand, run } from './command.ts'
import { taskArgument } from './options.ts'

export const deleteCommand: AddCommand = (program) => {
  const command = program
    .command('delete')
    .description('Take a task offline. Its prompts stay stored until gc.')
    .argument('<task>', "the task's name", taskArgument)
  withBucketOptions(command).action((task: string, flags: BucketFlags) =>
    run(flags.json === true, () =>
      useBucket(flags, async ({ bucket, where }) => {
        const key = taskKey(task)
        if ((await stored(`look up ${key}`, () => bucket.head(key))) === null) throw unknownTask(task)
        await stored(`remove ${key}`, () => bucket.delete(key))
        const text = `Deleted task ${task} in ${where}. Its prompts and its model stay stored until softprompt gc removes what no task refers to; until then softprompt publish uploads nothing twice.`
        return { json: { task, deleted: true, where }, text }
      }),
    ),
  )
}
