import { AsyncLocalStorage } from 'node:async_hooks'
import { type ChildProcess, spawn } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'

const starter = new AsyncLocalStorage<(child: ChildProcess) => void>()
subscribe('child_process', (message) => starter.getStore()?.((message as { process: ChildProcess }).process))

/** Reads lines of process ids until its standard input ends, then kills those of the last line. */
const guardScript = `trap '' INT TERM HUP; while read -r line; do pids=$line; done; [ -z "$pids" ] || kill -KILL $pids`

/**
 * The processes that some work starts, which end when this one does. A process that is killed, or whose terminal is closed, runs no code of
 * its own any more, so a guard ends them then: a shell in a session of its own, which reads from a pipe whose other end goes with this
 * process. Windows ends them by itself.
 */
export class Children {
  readonly #alive = new Set<ChildProcess>()
  #guard: ChildProcess | null = null
  #ended = false

  /** `work`'s value. `started` is called with each process that it starts, now or later. */
  during<Value>(work: () => Value, started: (child: ChildProcess) => void = () => undefined): Value {
    return starter.run((child) => queueMicrotask(() => this.#add(child, started)), work) // it has its id and its pipes a moment later
  }

  /** Kills those that are still there, and whatever is started from now on. */
  end(): void {
    this.#ended = true
    for (const child of this.#alive) child.kill('SIGKILL')
    this.#alive.clear()
    this.#tell()
    this.#guard?.stdin?.end()
    this.#guard = null
  }

  #add(child: ChildProcess, started: (child: ChildProcess) => void): void {
    if (this.#ended) child.kill('SIGKILL')
    if (this.#ended || child.pid === undefined) return // without an id it could not be started
    this.#guard ??= startGuard()
    this.#alive.add(child)
    this.#tell()
    child.once('exit', () => {
      if (this.#alive.delete(child)) this.#tell()
    })
    started(child)
  }

  #tell(): void {
    this.#guard?.stdin?.write(`${[...this.#alive].map(({ pid }) => pid).join(' ')}\n`)
  }
}

function startGuard(): ChildProcess | null {
  if (process.platform === 'win32') return null
  const guard = starter.exit(() => spawn('/bin/sh', ['-c', guardScript], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] }))
  guard.on('error', () => undefined) // where there is no shell, they end with a process that ends in order
  guard.stdin?.on('error', () => undefined)
  guard.unref()
  return guard
}
