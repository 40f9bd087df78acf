import { spawn } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'

/** How a process ended, and when it spoke. */
export interface Ran {
  readonly code: number | null
  readonly killed: boolean
  /** Milliseconds from its start to its first word, and to its end. */
  readonly spoke: number
  readonly took: number
  readonly said: string
}

/** When to kill a process: so long after its first word, or after its start. */
export interface Moment {
  readonly after: 'start' | 'first word'
  readonly milliseconds: number
}

/** Runs a program of JavaScript in a group of its own, which is killed at a moment, if one is given, and in any case after `patience` ms. */
export async function runAndKill(script: string, args: readonly string[], cwd: string, patience: number, moment?: Moment): Promise<Ran> {
  const begun = performance.now()
  const child = spawn(process.execPath, [script, ...args], { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let [said, spoke, killed] = ['', Number.NaN, false]
  const over = new AbortController()
  const kill = () => {
    try {
      process.kill(-(child.pid as number), 'SIGKILL') // the group, to which its workerd belongs
      killed = true
    } catch {} // it has ended
  }
  const killAfter = (milliseconds: number) => void setTimeout(milliseconds, null, { signal: over.signal }).then(kill, () => {})
  killAfter(patience)
  if (moment?.after === 'start') killAfter(moment.milliseconds)
  const hear = (chunk: Buffer) => {
    if (said === '') {
      spoke = performance.now() - begun
      if (moment?.after === 'first word') killAfter(moment.milliseconds)
    }
    said += chunk
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const [code] = await new Promise<[number | null]>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => {
      over.abort()
      killed &&= code === null
      const dead = killed
      kill() // what it has left behind
      killed = dead
      child.on('close', () => resolve([code]))
    })
  })
  return { code, killed, spoke, took: performance.now() - begun, said }
}
