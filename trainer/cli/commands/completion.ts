import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { namesOf } from '../../../shared/names-of.ts'
import { type AddCommand, groups, run } from '../command.ts'
import { completionScripts } from '../completion-scripts.ts'
import { completions } from '../completions.ts'
import { quoted } from '../next.ts'

const help = `
Add to ~/.bashrc:                     eval "$(softprompt completion bash)"
Add to ~/.zshrc, behind compinit:     eval "$(softprompt completion zsh)"
Add to ~/.config/fish/config.fish:    softprompt completion fish | source`

export const completionCommand: AddCommand = (program) => {
  program
    .command('completion')
    .helpGroup(groups.shell)
    .description('Print what makes a shell complete the commands, options and files of softprompt.')
    .addArgument(program.createArgument('<shell>', 'the shell').choices(namesOf(completionScripts)))
    .option('--json', 'print the result as one JSON object on the last line')
    .addHelpText('after', help)
    .action((shell: keyof typeof completionScripts, flags: { readonly json?: true }) =>
      run(flags.json === true, async () => ({ json: { shell, script: completionScripts[shell] }, text: completionScripts[shell] })),
    )

  program
    .command('complete', { hidden: true })
    .description('Answer a shell that asks what its words may be completed to.')
    .argument('[words...]')
    .action((words: string[]) => {
      const { values, paths } = completions(program, words, localPackages)
      const lines = values.map(({ value, description }) => `${value}\t${description}`)
      process.stdout.write(`${[...lines, `:${paths}`].join('\n')}\n`)
    })
}

/** The prompt packages in the folder where training puts them, as far as a shell takes their names as they are. */
function localPackages(): string[] {
  const folders = existsSync('runs') ? readdirSync('runs').sort() : []
  return folders.map((name) => `runs/${name}`).filter((folder) => existsSync(join(folder, 'prompt.json')) && quoted(folder) === folder)
}
