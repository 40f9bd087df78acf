import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { BucketPlace } from '../library/bucket-place.ts'
import type { Project } from '../project/load-project.ts'

/** The options of every command that works on the bucket, as commander hands them over. */
export interface BucketFlags extends BucketPlace {
  readonly local?: true
  readonly json?: true
}

/** Adds the options that say which bucket is meant. */
export function withBucketOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--store <place>',
        'a folder, or s3://bucket/prefix with the keys and the AWS_ENDPOINT_URL of the environment, in place of the bucket of wrangler',
      ).conflicts(['local', 'remote', 'config', 'persistTo', 'env']),
    )
    .addOption(new Option('--local', "the bucket of wrangler's local runtime (default)").conflicts('remote'))
    .addOption(new Option('--remote', 'the bucket at Cloudflare, with the login of wrangler').conflicts(['local', 'persistTo']))
    .option('--config <file>', "wrangler's configuration file (default: wrangler.toml here or above)")
    .option('--persist-to <dir>', 'the folder of the local bucket, as in wrangler dev --persist-to')
    .option('--env <name>', "an environment of wrangler's configuration")
    .option('--json', 'print one JSON object')
}

/** The bucket that is meant: the one that is named, else the project's own, whose path begins at its folder. */
export function bucketOf<Flags extends BucketFlags>({ folder, content: { bucket } }: Project, flags: Flags): Flags {
  if (namesBucket(flags) || bucket === undefined) return flags
  return { ...flags, store: bucket.includes('://') ? bucket : resolve(folder, bucket) }
}

/** Whether options say which bucket is meant. */
export function namesBucket({ store, local, remote, config, persistTo, env }: BucketFlags): boolean {
  return [store, local, remote, config, persistTo, env].some((value) => value !== undefined)
}
