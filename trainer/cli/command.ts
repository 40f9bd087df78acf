import { type Command, CommanderError } from 'commander'
import { SoftPromptError } from '../../shared/error.ts'
import { printable, printableLines } from '../../shared/printable.ts'
import { painted } from './styled.ts'
import { type Told, tellingOn } from './told.ts'

/** What a command hands back: an object for scripts and the same for people. */
export interface Result {
  readonly json: Record<string, unknown>
  readonly text: string
  /** Whether the command did what it was asked, and what it found is not as it should be: the exit code is then 1. */
  readonly failed?: boolean
}

/** What a command may use of the terminal. */
export interface Terminal extends Told {
  /** Prints a result before the command ends. */
  print(result: Result): void
  /** Aborted by the first Ctrl-C; the second ends the process at once, and so does the first where nothing asked for this. */
  readonly signal: AbortSignal
}

/** One command: adds itself to the program, under the heading of a group, its action wrapped by `run`. */
export type AddCommand = (program: Command) => void

/** The headings of `--help`, in the order in which they are used. */
export const groups = { learn: 'Learn:', publish: 'Publish:', shell: 'Shell:' } as const

/** The most characters of a failure that is not a user's to mend, of which nobody bounded the parts. */
const maxStack = 10_000

/** Whether notes and progress are left out, of this process. */
let quiet = false

/** Leaves notes and progress out from now on, or no longer. */
export function setQuiet(wanted: boolean): void {
  quiet = wanted
}

const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const

/**
 * Runs a command's action: progress goes to standard error, the result to standard output, with `--json` as one
 * object on the last line, unless the action returns null; a failure sets the exit code and, with `--json`, prints `{"error": {code, message}}`.
 */
export async function run(json: boolean, action: (terminal: Terminal) => Promise<Result | null>): Promise<void> {
  const { close, ...shown } = tellingOn(process.stderr, { quiet })
  const print = (result: Result) => {
    close()
    process.stdout.write(`${json ? jsonLine(result.json) : printableLines(result.text)}\n`)
  }
  const controller = new AbortController()
  const interrupt = () => {
    controller.abort(new SoftPromptError('interrupted', 'Interrupted.'))
    shown.log('Stopping. Ctrl-C again ends at once.')
  }
  let heeded = false
  const interruptible: Terminal = {
    ...shown,
    print,
    get signal() {
      if (!heeded) {
        process.once('SIGINT', interrupt)
        process.once('SIGTERM', interrupt)
      }
      heeded = true
      return controller.signal
    },
  }
  try {
    const result = await action(interruptible)
    close()
    if (result !== null) print(result)
    if (result?.failed === true) process.exitCode = exitCodes.failed
  } catch (error) {
    close()
    process.exitCode = report(error, json)
  } finally {
    process.removeListener('SIGINT', interrupt)
    process.removeListener('SIGTERM', interrupt)
  }
}

/** Tells of a failure and returns the exit code for it. */
export function report(error: unknown, json: boolean): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.ok // --help and --version
    if (json) process.stdout.write(`${jsonLine({ error: { code: 'usage', message: error.message } })}\n`)
    return exitCodes.usage
  }
  const known = error instanceof SoftPromptError
  const message = error instanceof Error ? error.message : String(error)
  const told = known ? printable(message) : printableLines((error as Error)?.stack ?? message).slice(0, maxStack)
  const details = known ? error.details : []
  const lines = [told, ...details.map((detail) => `  ${printable(detail)}`)].join('\n')
  process.stderr.write(`${painted([{ style: 'bad', text: 'softprompt:' }], process.stderr)} ${lines}\n`)
  const code = known ? error.code : 'internal'
  const all = details.length === 0 ? {} : { details }
  if (json) process.stdout.write(`${jsonLine({ error: { code, message: message.slice(0, maxStack), ...all } })}\n`)
  if (code === 'usage') return exitCodes.usage
  return code === 'interrupted' ? exitCodes.interrupted : exitCodes.failed
}

/** `value` as JSON without anything that a terminal would obey. */
function jsonLine(value: object): string {
  return printable(JSON.stringify(value)) // it stands in strings alone, where JSON may escape it
}
