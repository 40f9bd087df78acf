import { SoftPromptError } from '../../../shared/error.ts'
import { useBucket } from '../../library/use-bucket.ts'
import type { Bucket } from '../../publish/bucket/bucket.ts'
import { deleteTask } from '../../publish/delete.ts'
import { requirePublished } from '../../publish/move-pointer.ts'
import { type BucketFlags, withBucketOptions } from '../bucket-options.ts'
import { type AddCommand, groups, run } from '../command.ts'
import { confirm, requireConfirmable } from '../confirm.ts'
import { keepDeletedDays } from '../defaults.ts'
import { taskArgument } from '../options.ts'
import { shortHash } from '../readable-hash.ts'

interface Flags extends BucketFlags {
  readonly yes?: true
}

export const deleteCommand: AddCommand = (program) => {
  const command = program
    .command('delete')
    .helpGroup(groups.publish)
    .description('Take a task offline, after asking. Its history stays, and its packages until gc removes them.')
    .argument('<task>', "the task's name", taskArgument)
    .option('--yes', 'do not ask; needed where standard input is not a terminal')
  withBucketOptions(command).action((task: string, flags: Flags) =>
    run(flags.json === true, async ({ signal }) => {
      const yes = flags.yes === true
      requireConfirmable(`delete task ${task}`, yes)
      return useBucket(flags, signal, async ({ bucket, where }) => {
        if (!yes) await confirm(`Delete task ${task} from ${where}? ${await whatIsLive(bucket, task)}`, signal)
        const replaced = await deleteTask(bucket, task)
        const back =
          replaced === null
            ? `softprompt publish brings it back.`
            : `softprompt promote ${task} ${shortHash(replaced.prompt)} brings it back: softprompt gc keeps its packages for ${keepDeletedDays} days, or as long as its --keep-deleted says.`
        return { json: { task, deleted: true, replaced, where }, text: `Deleted task ${task} from ${where}. ${back}` }
      })
    }),
  )
}

/** What is lost from view. A task that cannot be read may be deleted too: that is the way out where it is of an older version. */
async function whatIsLive(bucket: Bucket, task: string): Promise<string> {
  try {
    const { live } = await requirePublished(bucket, task)
    return `It answers with prompt ${shortHash(live.prompt)}.`
  } catch (error) {
    if (!(error instanceof SoftPromptError) || error.code !== 'invalid_file') throw error
    return 'What it answers with cannot be read, and its history will begin anew.'
  }
}
