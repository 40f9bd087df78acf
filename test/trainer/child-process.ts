import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import { compileSources } from './compile-sources.ts'

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

const root = fileURLToPath(new URL('../..', import.meta.url))
let compiled: string | undefined

afterAll(() => {
  if (compiled !== undefined) rmSync(compiled, { recursive: true, force: true })
})

/** Runs a TypeScript file of the project in a process of its own. */
export function runScript(script: URL, args: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
  compiled ??= compileSources() // once a test file, as the sources are now
  return runNode(join(compiled, relative(root, fileURLToPath(script)).replace(/\.ts$/, '.js')), args, environment)
}

/** Runs a JavaScript file in a process of its own, in the checkout's root, and ends with it what it has started. */
export function runNode(script: string, args: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(process.execPath, [script, ...args], {
    cwd: root,
    detached: true, // a group of its own, to which its workerd belongs
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk) => (stdout += chunk))
  child.stderr.on('data', (chunk) => (stderr += chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', () => {
      try {
        process.kill(-(child.pid as number), 'SIGKILL') // a killed process leaves its workerd behind
      } catch {} // nothing was left
    })
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
}
