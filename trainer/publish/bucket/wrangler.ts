import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { z } from 'zod'
import { SoftPromptError } from '../../../shared/error.ts'
import { abortedWith, unlessAborted } from '../../../shared/unless-aborted.ts'
import { orphans, ownerOf } from '../../disk/owner.ts'
import type { Bucket } from './bucket.ts'
import { Children } from './children.ts'
import { httpBucket } from './http-bucket.ts'
import { startRuntime } from './runtime.ts'
import { endingBound, openingBounds, timeBounds } from './time-bound.ts'

/** The name that the Worker knows its bucket by. */
const binding = 'BUCKET'

/** Which bucket is meant, in wrangler's words. */
export interface BucketOptions {
  /** The one at Cloudflare, of the account that wrangler is logged in to. */
  readonly remote: boolean
  /** wrangler's configuration file; without it the nearest one, from the working directory upwards. */
  readonly config?: string | undefined
  /** The folder of the local bucket, as in `wrangler dev --persist-to`. */
  readonly persistTo?: string | undefined
  /** The environment of the configuration file. */
  readonly env?: string | undefined
}

export interface OpenBucket {
  readonly bucket: Bucket
  /** For people: where the bucket is. */
  readonly where: string
  close(): Promise<void>
}

type Wrangler = typeof import('wrangler')

/** What is used of a configuration that wrangler has read. */
const Configuration = z.object({
  configPath: z.string().optional(),
  name: z.string().optional(),
  account_id: z.string().optional(),
  compliance_region: z.string().optional(),
  compatibility_date: z.string().optional(),
  r2_buckets: z.array(
    z.object({
      binding: z.string(),
      bucket_name: z.string().optional(),
      preview_bucket_name: z.string().optional(),
      jurisdiction: z.string().optional(),
    }),
  ),
})

const Environments = z.object({ env: z.record(z.string(), z.unknown()).default({}) })

/**
 * Opens the bucket that wrangler's configuration binds as BUCKET: the local one where `wrangler dev` finds it, or the
 * remote one with wrangler's own login. Throws `storage` where it doesn't open in time, and the reason of `signal` once that is aborted, as
 * all that is asked of the bucket then does.
 */
export async function openBucket(options: BucketOptions, signal: AbortSignal): Promise<OpenBucket> {
  process.env.WRANGLER_LOG ??= 'error' // it writes to standard output, which is ours
  return keepingSignals(async () => {
    const wrangler = await import('wrangler')
    const { configPath, config, name } = readConfiguration(wrangler, options)
    const kind = options.remote ? 'remote' : 'local'
    const folder = resolve(options.persistTo ?? join(dirname(configPath), '.wrangler/state'))
    const opening = abortedWith([signal])
    const late = new Error(`it did not open within ${openingBounds[kind] / 1000} s.`)
    const timer = setTimeout(() => opening.abort(late), openingBounds[kind])
    const session = options.remote ? openSession(wrangler, config, name) : null
    try {
      const leadingTo = session && { remoteProxyConnectionString: await unlessAborted(opening.signal, session.leadingTo) }
      const runtime = await startRuntime({ buckets: { [binding]: { id: name, ...leadingTo } }, folder }, opening.signal)
      return {
        bucket: httpBucket(runtime, binding, timeBounds[kind], signal),
        where: options.remote ? `remote bucket ${name}` : `local bucket ${name} in ${folder}`,
        close: async () => void (await Promise.all([runtime.stop(), session?.end()])),
      }
    } catch (cause) {
      await session?.end()
      signal.throwIfAborted()
      const hint = options.remote
        ? 'Log in with wrangler login, or set CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID; the bucket must exist (wrangler r2 bucket create).'
        : `Is ${folder} writable?`
      throw new SoftPromptError('storage', `Cannot open ${kind} bucket ${name}: ${deepestMessage(cause)} ${hint}`, { cause })
    } finally {
      clearTimeout(timer)
      opening.letGo()
    }
  })
}

/**
 * Has wrangler make a way to the remote bucket. It is given a configuration with this one binding, so that the Worker's other ones are
 * neither started nor warned about.
 */
function openSession(wrangler: Wrangler, config: z.infer<typeof Configuration>, name: string) {
  const children = new Children()
  const start = async () => {
    for (const left of orphans(tmpdir(), 'softprompt-', /-\w{6}/)) await rm(left, { recursive: true, force: true }).catch(() => undefined) // another user's, and in nobody's way
    const temporary = await mkdtemp(join(tmpdir(), `softprompt-${ownerOf()}-`))
    try {
      const { jurisdiction } = config.r2_buckets.find((bucket) => bucket.binding === binding) ?? {}
      const only = {
        name: config.name ?? 'softprompt',
        compatibility_date: config.compatibility_date ?? '2026-04-01',
        account_id: config.account_id,
        compliance_region: config.compliance_region,
        r2_buckets: [{ binding, bucket_name: name, jurisdiction, remote: true }],
      }
      await writeFile(join(temporary, 'wrangler.json'), JSON.stringify(only))
      const started = await wrangler.maybeStartOrUpdateRemoteProxySession({ path: join(temporary, 'wrangler.json') })
      if (started === null) throw new Error('wrangler finds no remote binding in the configuration that it was given')
      return started.session
    } finally {
      await rm(temporary, { recursive: true, force: true })
    }
  }
  const session = children.during(start)
  return {
    leadingTo: session.then(({ remoteProxyConnectionString }) => remoteProxyConnectionString),
    async end() {
      const disposed = session.then((started) => started.dispose()).catch(() => undefined)
      await Promise.race([disposed, pause(endingBound)])
      children.end()
    },
  }
}

/**
 * `work`'s value, without the listeners that it hangs on signals: wrangler's and miniflare's end the process at once, the former with
 * 0, before a command can say what it left undone.
 */
async function keepingSignals<Value>(work: () => Promise<Value>): Promise<Value> {
  const remove = (event: string | symbol, listener: (...args: unknown[]) => void) => {
    if (event === 'SIGINT' || event === 'SIGTERM') queueMicrotask(() => process.removeListener(event, listener))
  }
  process.on('newListener', remove)
  try {
    return await work()
  } finally {
    process.removeListener('newListener', remove)
  }
}

/** The configuration, where it lies, and the bucket's name in it. Throws `usage` where one of them is not there. */
function readConfiguration(wrangler: Wrangler, { config: file, env, remote }: BucketOptions) {
  let config: z.infer<typeof Configuration>
  let environments: string[]
  try {
    config = Configuration.parse(wrangler.unstable_readConfig({ config: file, env }, { hideWarnings: true }))
    environments = Object.keys(Environments.parse(wrangler.experimental_readRawConfig({ config: file }).rawConfig).env)
  } catch (cause) {
    throw new SoftPromptError(
      'usage',
      `Cannot read wrangler's configuration: ${plain((cause as Error).message)}. Name the file with --config.`,
      {
        cause,
      },
    )
  }
  const { configPath } = config
  if (configPath === undefined) {
    throw new SoftPromptError(
      'usage',
      'Cannot find wrangler.toml in this folder or one above it. It names the bucket; point to it with --config.',
    )
  }
  if (env !== undefined && !environments.includes(env)) {
    throw new SoftPromptError('usage', `Cannot use environment ${env}: ${configPath} has ${environments.join(', ') || 'none'}.`)
  }
  const bound = config.r2_buckets.find((bucket) => bucket.binding === binding)
  const name = remote ? bound?.bucket_name : (bound?.preview_bucket_name ?? bound?.bucket_name) // as wrangler dev takes them
  if (name === undefined) {
    throw new SoftPromptError(
      'usage',
      `Cannot find the bucket in ${configPath}: it needs [[r2_buckets]] with binding = "${binding}" and bucket_name${env === undefined ? '' : ` under environment ${env}`}.`,
    )
  }
  return { config, configPath, name }
}

/** What wrangler says, as one line without colours. */
export function plain(said: string): string {
  return stripVTControlCharacters(said)
    .trim()
    .replace(/\s*\n\s*/g, ' | ')
}

/** wrangler wraps what went wrong in what it was doing: the innermost message is the one that helps. */
function deepestMessage(error: unknown): string {
  for (let inner = error; ; ) {
    const { cause } = Object(inner) as { cause?: unknown }
    if (cause === undefined) {
      const { message, text, notes } = Object(inner) as { message?: string; text?: string; notes?: { text: string }[] }
      return plain([text ?? message ?? String(inner), ...(notes ?? []).map((note) => note.text)].join(' '))
    }
    inner = cause
  }
}
