import { Command, Help, type Option } from 'commander'
import packageJson from '../../package.json' with { type: 'json' }
import { printableLines } from '../../shared/printable.ts'
import { type AddCommand, setQuiet } from './command.ts'

/** The command line with these commands. Wrong use is thrown, for `report`. */
export function program(commands: readonly AddCommand[]): Command {
  const hint = '(add --help for the options)'
  const all = new Command('softprompt')
    .description('Train soft prompts for a frozen language model, publish them, and serve every task from one model at the edge.')
    .version(packageJson.version)
    .option('-q, --quiet', 'print no progress and no notes: only results, warnings and errors')
    .hook('preAction', (program) => setQuiet(program.opts().quiet === true))
    .configureHelp({ optionDescription: (option) => described(option), showGlobalOptions: true })
  for (const add of commands) add(all)
  const output = {
    writeOut: (text: string) => void process.stdout.write(printableLines(text)),
    writeErr: (text: string) => void process.stderr.write(printableLines(text)),
  }
  for (const each of [all, ...all.commands]) each.configureOutput(output).exitOverride().showHelpAfterError(hint)
  return all
}

/** What `--help` says of an option: also that it has to be there. */
function described(option: Option): string {
  return `${new Help().optionDescription(option)}${option.mandatory ? ' (required)' : ''}`
}
