import { maxHistory } from '../../../shared/formats/limits.ts'
import { counted } from '../../counted.ts'
import { readableBytes } from '../../disk/readable-bytes.ts'
import { useBucket } from '../../library/use-bucket.ts'
import { findGarbage, type Grace, removeGarbage, type Unused } from '../../publish/gc.ts'
import { type BucketFlags, withBucketOptions } from '../bucket-options.ts'
import { columns } from '../columns.ts'
import { type AddCommand, groups, run } from '../command.ts'
import { keepDeletedDays } from '../defaults.ts'
import { number } from '../options.ts'
import { shortHash } from '../readable-hash.ts'

interface Flags extends BucketFlags {
  readonly dryRun?: true
  readonly grace: number
  readonly keepDeleted: number
}

export const gcCommand: AddCommand = (program) => {
  const command = program
    .command('gc')
    .helpGroup(groups.publish)
    .description(
      `Remove stored prompts and models that no published task refers to, neither as live nor in its last ${maxHistory} changes, and say what is kept for now.`,
    )
    .option('--dry-run', 'only say what would be removed')
    .option('--grace <minutes>', 'leave what was written less than so long ago: a publish may be using it', number({ min: 0 }), 60)
    .option(
      '--keep-deleted <days>',
      'leave what a deleted task refers to for so long after its deletion: promote brings it back',
      number({ min: 0 }),
      keepDeletedDays,
    )
  withBucketOptions(command).action((flags: Flags) =>
    run(flags.json === true, ({ signal }) =>
      useBucket(flags, signal, async ({ bucket, where }) => {
        const grace: Grace = { written: flags.grace * 60_000, deleted: flags.keepDeleted * 24 * 60 * 60_000 }
        const { garbage: found, held } = await findGarbage(bucket, grace)
        const garbage = flags.dryRun ? found : await removeGarbage(bucket, found, grace)
        const json = { [flags.dryRun ? 'garbage' : 'removed']: garbage, bytes: bytesOf(garbage), held, where }
        const kept = [
          heldLine(held, 'written', `written in the last ${flags.grace} minutes (--grace)`),
          heldLine(held, 'deleted', `of tasks deleted in the last ${flags.keepDeleted} days (--keep-deleted)`),
        ].join('')
        if (garbage.length === 0) return { json, text: `Nothing to remove in ${where}.${kept}` }
        const total = `${flags.dryRun ? 'Would remove' : 'Removed'} ${packages(garbage)}, from ${where}.`
        return { json, text: `${columns(['KIND', 'PACKAGE', 'SIZE', 'UPLOADED'], garbage.map(row))}\n\n${total}${kept}` }
      }),
    ),
  )
}

/** What is kept by one of the two graces: how much, and until when. */
function heldLine(held: readonly Unused[], by: keyof Grace, why: string): string {
  const kept = held.filter(({ keptBy }) => keptBy === by)
  if (kept.length === 0) return ''
  const until = new Date(Math.max(...kept.map(({ until }) => until.getTime())))
  return `\nKept for now: ${packages(kept)}, ${why}; the last of it until ${until.toISOString()}.`
}

/** How many packages, and their size. */
function packages(all: readonly Unused[]): string {
  return `${counted(all.length, 'package')}, ${readableBytes(bytesOf(all))}`
}

function bytesOf(all: readonly Unused[]): number {
  return all.reduce((sum, { bytes }) => sum + bytes, 0)
}

function row({ folder, bytes, uploaded }: Unused): string[] {
  const [kind = '', id = ''] = folder.split('/')
  return [kind === 'models' ? 'model' : 'prompt', shortHash(id), readableBytes(bytes), uploaded.toISOString()]
}
