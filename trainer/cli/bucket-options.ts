import { type Command, Option } from 'commander'
import type { BucketPlace } from '../library/bucket-place.ts'

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
