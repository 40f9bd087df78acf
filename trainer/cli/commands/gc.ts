import { readableBytes } from '../../disk/readable-bytes.ts'
import { findGarbage, type Garbage, removeGarbage } from '../../publish/gc.ts'
import { type BucketFlags, useBucket, withBucketOptions } from '../bucket-options.ts'
import { columns } from '../columns.ts'
import { type AddCommand, groups, run } from '../command.ts'
import { number } from '../options.ts'
import { shortHash } from '../readable-hash.ts'

interface Flags extends BucketFlags {
  readonly dryRun?: true
  readonly grace: number
}

export const gcCommand: AddCommand = (program) => {
  const command = program
    .command('gc')
    .helpGroup(groups.publish)
    .description('Remove stored prompts and models that no task refers to, neither as live nor as an earlier version.')
    .option('--dry-run', 'only say what would be removed')
    .option('--grace <minutes>', 'leave what was written less than so long ago: a publish may be using it', number({ min: 0 }), 60)
  withBucketOptions(command).action((flags: Flags) =>
    run(flags.json === true, ({ signal }) =>
      useBucket(flags, signal, async ({ bucket, where }) => {
        const before = new Date(Date.now() - flags.grace * 60_000)
        const found = await findGarbage(bucket, before)
        const garbage = flags.dryRun ? found : await removeGarbage(bucket, found, before)
        const bytes = garbage.reduce((sum, each) => sum + each.bytes, 0)
        const json = { [flags.dryRun ? 'garbage' : 'removed']: garbage, bytes, where }
        if (garbage.length === 0) return { json, text: `Nothing to remove in ${where}.` }
        const total = `${flags.dryRun ? 'Would remove' : 'Removed'} ${garbage.length} packages, ${readableBytes(bytes)}, from ${where}.`
        return { json, text: `${columns(['KIND', 'PACKAGE', 'SIZE', 'UPLOADED'], garbage.map(row))}\n\n${total}` }
      }),
    ),
  )
}

function row({ folder, bytes, uploaded }: Garbage): string[] {
  const [kind = '', id = ''] = folder.split('/')
  return [kind === 'models' ? 'model' : 'prompt', shortHash(id), readableBytes(bytes), uploaded.toISOString()]
}
