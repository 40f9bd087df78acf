import { type Command, Option } from 'commander'
import { type OpenBucket, openBucket } from '../publish/bucket/wrangler.ts'

/** The options of every command that works on the bucket, as commander hands them over. */
export interface BucketFlags {
  readonly remote?: true
  readonly config?: string
  readonly persistTo?: string
  readonly env?: string
  readonly json?: true
}

/** Adds the options that say which bucket is meant. */
export function withBucketOptions(command: Command): Command {
  return command
    .addOption(new Option('--local', "the bucket of wrangler's local runtime (default)").conflicts('remote'))
    .addOption(new Option('--remote', 'the bucket at Cloudflare, with the login of wrangler').conflicts(['local', 'persistTo']))
    .option('--config <file>', "wrangler's configuration file (default: wrangler.toml here or above)")
    .option('--persist-to <dir>', 'the folder of the local bucket, as in wrangler dev --persist-to')
    .option('--env <name>', "an environment of wrangler's configuration")
    .option('--json', 'print one JSON object')
}

/** Opens the bucket that `flags` mean for as long as `action` takes. Once `signal` is aborted, all that is asked of it throws `interrupted`. */
export async function useBucket<Value>(
  { remote, config, persistTo, env }: BucketFlags,
  signal: AbortSignal,
  action: (open: OpenBucket) => Promise<Value>,
): Promise<Value> {
  const open = await openBucket({ remote: remote === true, config, persistTo, env }, signal)
  try {
    return await action(open)
  } finally {
    await open.close()
  }
}
