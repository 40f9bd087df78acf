import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { Miniflare } from 'miniflare'
import { unlessAborted } from '../../../shared/unless-aborted.ts'
import { bucketWorker } from './bucket-worker.ts'
import { Children } from './children.ts'
import { LastingError } from './retry.ts'
import { endingBound } from './time-bound.ts'

export interface RuntimeOptions {
  /** By binding: the name of a local bucket, or a remote one's with the session that leads to it. */
  readonly buckets: Readonly<Record<string, string | { id: string; remoteProxyConnectionString?: URL }>>
  /** The folder of the local buckets, as in `wrangler dev --persist-to`. */
  readonly folder: string
}

/** Cloudflare's runtime on this machine, with a Worker that hands on what its buckets are asked. */
export interface Runtime {
  readonly url: URL
  /** What a request has to know. */
  readonly token: string
  /** Aborted, with the reason, where it can be asked no more. */
  readonly failed: AbortSignal
  stop(): Promise<void>
}

/** What a runtime says, and ends, that finds another process creating the same database at the same moment. */
const busy = 'SQLITE_BUSY'

/** What it says where the disk takes no more. Whoever is writing then is never told. */
const fullDisk = /No space left on device|[Qq]uota exceeded|not enough space on the disk/

/**
 * Starts the runtime: again where another process has locked the database that both want to create, since `wrangler dev` would not heed a
 * lock file of ours. Throws the reason of `signal` where that is aborted, and miniflare's error, with what the runtime said, where it cannot
 * be started.
 */
export async function startRuntime(options: RuntimeOptions, signal: AbortSignal): Promise<Runtime> {
  for (let wait = 50; ; wait = Math.min(2 * wait, 1000)) {
    signal.throwIfAborted()
    const { ready, said, ...runtime } = startOnce(options)
    try {
      return { ...runtime, url: await unlessAborted(signal, ready) }
    } catch (cause) {
      const stopped = runtime.stop()
      signal.throwIfAborted() // and not wait for what is starting
      await stopped
      if (!said().includes(busy)) throw said() === '' ? cause : new Error(`the local Workers runtime says: ${said()}`)
    }
    await unlessAborted(signal, pause(wait * (1 + Math.random())))
  }
}

function startOnce({ buckets, folder }: RuntimeOptions) {
  const children = new Children()
  const failed = new AbortController()
  const token = randomBytes(16).toString('hex')
  let workerd: ChildProcess | undefined
  let said = ''
  const listen = (child: ChildProcess) => {
    workerd = child
    child.stderr?.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(-4000)
      const full = fullDisk.exec(said)?.[0]
      if (full !== undefined) failed.abort(new LastingError(`the disk is full (${full.toLowerCase()}); make room first`))
    })
    child.once('exit', () => failed.abort(new LastingError(`the local Workers runtime has ended${said && `: ${said.trim()}`}`)))
  }
  const start = () =>
    new Miniflare({
      modules: true,
      script: bucketWorker,
      compatibilityDate: '2026-04-01',
      bindings: { TOKEN: token },
      r2Buckets: { ...buckets },
      defaultPersistRoot: join(folder, 'v3'),
      cache: false, // its database would be one more to be created
      cf: false, // this would be fetched
      handleRuntimeStdio(stdout: Readable, stderr: Readable) {
        stdout.resume() // read and dropped, so that it can go on writing
        stderr.resume()
      },
    })
  const miniflare = children.during(start, listen)
  return {
    token,
    failed: failed.signal,
    ready: miniflare.ready.catch(async (cause) => {
      if (workerd?.stderr?.closed === false) await once(workerd, 'close') // by then all that it said has come
      throw cause
    }),
    said: () => said.replaceAll(/^(stack:|\*\*\*).*\n?/gm, '').trim(),
    async stop() {
      children.end()
      await Promise.race([miniflare.dispose().catch(() => undefined), pause(endingBound)])
    },
  }
}
