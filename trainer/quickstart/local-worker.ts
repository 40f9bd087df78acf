import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { type AddressInfo, createServer } from 'node:net'
import { SoftPromptError } from '../../shared/error.ts'
import { plain } from '../publish/bucket/wrangler.ts'

/** A Worker under wrangler's local runtime. */
export interface LocalWorker {
  readonly url: string
  stop(): Promise<void>
}

/** Long enough for a slow machine to bundle and start; a Worker that fails says so at once. */
const patience = 60_000

interface LocalOptions {
  /** The folder of the local bucket; by default the one that the command line publishes to. */
  readonly persistTo?: string
  readonly apiKeys?: string
}

/** Starts `wrangler dev` on a free port, over a local bucket. Throws with its output where it ends early. */
export async function startLocalWorker(
  root: string,
  signal: AbortSignal,
  { persistTo, apiKeys = '' }: LocalOptions = {},
): Promise<LocalWorker> {
  const port = await freePort()
  const entry = createRequire(import.meta.url).resolve('wrangler/bin/wrangler.js')
  const inspector = await freePort()
  const args = [
    entry,
    'dev',
    '--ip',
    '127.0.0.1',
    '--port',
    String(port),
    '--inspector-port',
    String(inspector),
    '--show-interactive-dev-session=false',
    '--log-level',
    'warn',
    '--var',
    `API_KEYS:${apiKeys}`, // whatever .dev.vars says
    ...(persistTo === undefined ? [] : ['--persist-to', persistTo]),
  ]
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: '1' },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output = `${output}${chunk}`.slice(-4000)))
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true })

  const url = `http://127.0.0.1:${port}`
  const deadline = Date.now() + patience
  while (!(await answers(url))) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
      await stop()
      if (signal.aborted) throw new SoftPromptError('interrupted', 'Stopped while the Worker was starting.')
      throw new SoftPromptError('storage', `The Worker did not start under wrangler's local runtime. It wrote: ${plain(output)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return { url, stop }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/healthz`)
    await response.body?.cancel()
    return response.ok
  } catch {
    return false // not listening yet
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
