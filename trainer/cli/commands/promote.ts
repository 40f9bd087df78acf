import { useBucket } from '../../library/use-bucket.ts'
import { promote } from '../../publish/promote.ts'
import { type BucketFlags, withBucketOptions } from '../bucket-options.ts'
import { type AddCommand, groups, run } from '../command.ts'
import { taskArgument } from '../options.ts'
import { shortHash } from '../readable-hash.ts'

export const promoteCommand: AddCommand = (program) => {
  const command = program
    .command('promote')
    .helpGroup(groups.publish)
    .description('Make another stored version of a task the live one; bring back a task that was deleted.')
    .argument('<task>', "the task's name", taskArgument)
    .argument('<version>', "the beginning of the prompt's SHA-256")
  withBucketOptions(command).action((task: string, version: string, flags: BucketFlags) =>
    run(flags.json === true, ({ signal }) =>
      useBucket(flags, signal, async ({ bucket, where }) => {
        const { live, replaced, changed } = await promote(bucket, task, version)
        const { prompt, base, models } = live
        const place = replaced === null ? '' : `, replacing ${shortHash(replaced.prompt)}`
        const text = changed
          ? `Task ${task}: prompt ${shortHash(prompt)} is live${place}, in ${where}.`
          : `Task ${task} is unchanged: prompt ${shortHash(prompt)} is live already, in ${where}.`
        return { json: { task, prompt, base, models, changed, replaced, where }, text }
      }),
    ),
  )
}
