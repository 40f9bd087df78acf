import { type AddCommand, report } from './command.ts'
import { program } from './program.ts'

/** Runs the command line of this process with these commands, and ends the process. */
export async function main(commands: readonly AddCommand[]): Promise<void> {
  try {
    await program(commands).parseAsync()
  } catch (error) {
    process.exitCode = report(error, process.argv.includes('--json'))
  }
  // what is written goes out first; a remote session that wrangler could not open would keep the process waiting for ever
  process.stdout.write('', () => process.exit())
}
