import { Command } from 'commander'
import { vi } from 'vitest'
import { type AddCommand, report } from '../../../trainer/cli/command.ts'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** The last line of standard output as an object. */
  readonly json: ReturnType<typeof JSON.parse>
}

/** Runs a command as the program would, in this process: many are run, and loading takes longer than running. */
export async function runInProcess(commands: readonly AddCommand[], ...args: string[]): Promise<Ran> {
  const printed = { stdout: '', stderr: '' }
  const catching = (stream: 'stdout' | 'stderr') =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      printed[stream] += text
      return true
    })
  const spies = [catching('stdout'), catching('stderr')]
  const before = process.exitCode
  process.exitCode = 0
  try {
    const program = new Command('softprompt').exitOverride()
    for (const add of commands) add(program)
    for (const command of program.commands) command.exitOverride()
    await program.parseAsync(args, { from: 'user' }).catch((error: unknown) => {
      process.exitCode = report(error, args.includes('--json'))
    })
    const lastLine = printed.stdout.trimEnd().split('\n').at(-1) ?? ''
    return { code: Number(process.exitCode), ...printed, json: lastLine.startsWith('{') ? JSON.parse(lastLine) : {} }
  } finally {
    process.exitCode = before
    for (const spy of spies) spy.mockRestore()
  }
}
