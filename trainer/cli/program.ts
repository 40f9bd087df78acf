import { Command } from 'commander'
import packageJson from '../../package.json' with { type: 'json' }
import { printableLines } from '../../shared/printable.ts'
import type { AddCommand } from './command.ts'

/** The command line with these commands. Wrong use is thrown, for `report`. */
export function program(commands: readonly AddCommand[]): Command {
  const hint = '(add --help for the options)'
  const all = new Command('softprompt')
    .description('Train soft prompts for a frozen language model, publish them, and serve every task from one model at the edge.')
    .version(packageJson.version)
  for (const add of commands) add(all)
  const output = {
    writeOut: (text: string) => void process.stdout.write(printableLines(text)),
    writeErr: (text: string) => void process.stderr.write(printableLines(text)),
  }
  for (const each of [all, ...all.commands]) each.configureOutput(output).exitOverride().showHelpAfterError(hint)
  return all
}
