#!/usr/bin/env node
import { report } from './command.ts'
import * as commands from './commands/table.ts'
import { program } from './program.ts'

try {
  await program(Object.values(commands)).parseAsync()
} catch (error) {
  process.exitCode = report(error, process.argv.includes('--json'))
}

// what is written goes out first; a remote session that wrangler could not open would keep the process waiting for ever
process.stdout.write('', () => process.exit())
