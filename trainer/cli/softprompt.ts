#!/usr/bin/env node
import { Command } from 'commander'
import packageJson from '../../package.json' with { type: 'json' }
import { adoptCommand } from './adopt.ts'
import { type AddCommand, report } from './command.ts'
import { deleteCommand } from './delete.ts'
import { evaluateCommand } from './evaluate.ts'
import { gcCommand } from './gc.ts'
import { importCommand } from './import.ts'
import { listCommand } from './list.ts'
import { promoteCommand } from './promote.ts'
import { publishCommand } from './publish.ts'
import { rollbackCommand } from './rollback.ts'
import { showCommand } from './show.ts'
import { trainCommand } from './train.ts'

/** Every command, in the order of `--help`. */
const commands: AddCommand[] = [
  importCommand,
  trainCommand,
  evaluateCommand,
  adoptCommand,
  publishCommand,
  listCommand,
  showCommand,
  promoteCommand,
  rollbackCommand,
  deleteCommand,
  gcCommand,
]

const program = new Command('softprompt')
  .description('Train soft prompts for a frozen language model, publish them, and serve every task from one model at the edge.')
  .version(packageJson.version)
  .showHelpAfterError('(add --help for the options)')
  .exitOverride()
for (const add of commands) add(program)
for (const command of program.commands) command.exitOverride().showHelpAfterError('(add --help for the options)')

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = report(error, process.argv.includes('--json'))
}

// what is written goes out first; a remote session that wrangler could not open would keep the process waiting for ever
process.stdout.write('', () => process.exit())
