import { type Command, Option } from 'commander'
import { openStore } from '../publish/bucket/open-store.ts'
import type { OpenBucket } from '../publish/bucket/wrangler.ts'

/** The options of every command that works on the bucket, as commander hands them over. */
export interface BucketFlags {
  readonly store?: string
  readonly local?: true
  readonly remote?: true
  readonly config?: string
  readonly persistTo?: string
  readonly env?: string
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

/** Opens the bucket that `flags` mean for as long as `action` takes. Once `signal` is aborted, all that is asked of it throws `interrupted`. */
export async function useBucket<Value>(
  { store, remote, config, persistTo, env }: BucketFlags,
  signal: AbortSignal,
  action: (open: OpenBucket) => Promise<Value>,
): Promise<Value> {
  const open =
    store !== undefined
      ? await openStore(store, signal)
      : await (await import('../publish/bucket/wrangler.ts')).openBucket({ remote: remote === true, config, persistTo, env }, signal)
  try {
    return await action(open)
  } finally {
    await open.close()
  }
}
