import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A Python program that answers each line on its standard input with a line of JSON. */
export interface PythonServer {
  /** What it said when it was ready. */
  readonly ready: Readonly<Record<string, unknown>>
  ask<Answer>(line: string): Promise<Answer>
  stop(): void
}

/** Starts `python script args`. Throws where it ends before it is ready; its standard error is passed on. */
export async function startPython(python: string, script: string, args: readonly string[]): Promise<PythonServer> {
  const child = spawn(python, [script, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${python} ${script} ended with code ${child.exitCode}`)
    return JSON.parse(value)
  }
  const ready = await next()
  return {
    ready,
    ask(line) {
      child.stdin.write(`${line}\n`)
      return next()
    },
    stop: () => child.stdin.end('exit\n'),
  }
}
