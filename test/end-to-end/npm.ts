import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts a line of shell as a user would type it, in the checkout. */
export function start(line: string, { cwd = root, env = {} }: { cwd?: string; env?: Record<string, string> } = {}): ChildProcess {
  return spawn('bash', ['-c', line], { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
}

/** Runs a line of shell to its end. */
export function shell(line: string, options: { cwd?: string; env?: Record<string, string> } = {}): Promise<Ran> {
  const child = start(line, options)
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', (chunk) => (stdout += chunk))
  child.stderr?.on('data', (chunk) => (stderr += chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

/** Ends a started line and all that it started. */
export async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  process.kill(-(child.pid as number), 'SIGTERM')
  await ended
}

/** Waits until `url` answers with status 200. Throws where the process ends before. */
export async function answering(url: string, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    )
    if (ok) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  throw new Error(`the process ended with code ${child.exitCode} before ${url} answered`)
}
