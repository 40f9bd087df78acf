import { useBucket } from '../../library/use-bucket.ts'
import { rollback } from '../../publish/rollback.ts'
import { type BucketFlags, withBucketOptions } from '../bucket-options.ts'
import { type AddCommand, groups, run } from '../command.ts'
import { taskArgument } from '../options.ts'
import { shortHash } from '../readable-hash.ts'

export const rollbackCommand: AddCommand = (program) => {
  const command = program
    .command('rollback')
    .helpGroup(groups.publish)
    .description('Make the version live again that was live before.')
    .argument('<task>', "the task's name", taskArgument)
  withBucketOptions(command).action((task: string, flags: BucketFlags) =>
    run(flags.json === true, ({ signal }) =>
      useBucket(flags, signal, async ({ bucket, where }) => {
        const { live, replaced, changed } = await rollback(bucket, task)
        const { prompt, base, models } = live
        const left = shortHash(replaced?.prompt ?? '')
        const text = `Task ${task}: prompt ${shortHash(prompt)} is live again, replacing ${left}, in ${where}. softprompt promote ${task} ${left} brings that one back.`
        return { json: { task, prompt, base, models, changed, replaced, where }, text }
      }),
    ),
  )
}
