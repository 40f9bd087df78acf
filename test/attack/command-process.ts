import { type ChildProcess, spawn } from 'node:child_process'

/** How a command ended. */
export interface CommandEnded {
  /** Null where it was ended for taking too long, or died. */
  readonly code: number | null
  readonly hung: boolean
  readonly stdout: string
  readonly stderr: string
}

/** Megabytes of a process's heap: a file that is read whole although nothing so large can be right does not fit. */
const heap = 1024
/** Commands of a process until the next takes its place, so that what one holds on to is not another's trouble. */
const maxCommands = 40

/** Runs commands in processes of their own that it keeps: of test/attack/run-commands.ts as a bundle. */
export class CommandProcess {
  readonly #bundle: string
  readonly #cwd: string
  #child: ChildProcess | null = null
  #ran = 0

  constructor(bundle: string, cwd: string) {
    this.#bundle = bundle
    this.#cwd = cwd
  }

  /** Runs `softprompt` with `args`, at most `patience` milliseconds long. */
  async run(args: readonly string[], patience: number): Promise<CommandEnded> {
    if (this.#ran === maxCommands) this.end()
    this.#child ??= started([`--max-old-space-size=${heap}`, this.#bundle], this.#cwd, true)
    this.#ran++
    const child = this.#child
    const ended = heard(child, patience, true)
    child.send({ args })
    const result = await ended
    if (result.code === null || child.exitCode !== null) this.end()
    return result
  }

  /** Ends the process that is kept, if any, and all that it started. */
  end(): void {
    if (this.#child !== null) endGroup(this.#child)
    this.#child = null
    this.#ran = 0
  }
}

/** Runs a program of JavaScript by itself, at most `patience` milliseconds long. */
export function runAlone(script: string, args: readonly string[], cwd: string, patience: number): Promise<CommandEnded> {
  return heard(started([`--max-old-space-size=${heap}`, script, ...args], cwd, false), patience, false)
}

function started(args: readonly string[], cwd: string, messages: boolean): ChildProcess {
  return spawn(process.execPath, args, {
    cwd,
    detached: true, // a group of its own, to which its workerd belongs
    stdio: ['ignore', 'pipe', 'pipe', ...(messages ? (['ipc'] as const) : [])],
  })
}

/** What `child` writes until both streams have had their NUL, where `marked`, or it has ended. */
function heard(child: ChildProcess, patience: number, marked: boolean): Promise<CommandEnded> {
  const { stdout, stderr } = child as ChildProcess & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream }
  const said = { stdout: '', stderr: '' }
  return new Promise((resolve) => {
    const done = (code: number | null, hung: boolean) => {
      clearTimeout(timer)
      stdout.off('data', hearOut)
      stderr.off('data', hearError)
      child.off('close', close)
      resolve({ code, hung, stdout: said.stdout.split('\0')[0] as string, stderr: said.stderr.split('\0')[0] as string })
    }
    const hear = (stream: keyof typeof said) => (chunk: Buffer) => {
      said[stream] += chunk
      const [out, error] = [said.stdout, said.stderr].map((text) => /\0(\d+)\n$/.exec(text)?.[1])
      if (marked && out !== undefined && error !== undefined) done(Number(error), false)
    }
    const [hearOut, hearError] = [hear('stdout'), hear('stderr')]
    const close = (code: number | null) => {
      endGroup(child)
      done(code, false)
    }
    const timer = setTimeout(() => {
      endGroup(child)
      done(null, true)
    }, patience)
    stdout.on('data', hearOut)
    stderr.on('data', hearError)
    child.on('close', close)
  })
}

function endGroup(child: ChildProcess): void {
  try {
    process.kill(-(child.pid as number), 'SIGKILL')
  } catch {} // nothing was left
}
