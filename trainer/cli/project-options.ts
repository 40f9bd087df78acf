import { taskArgument } from './options.ts'

/** What `--help` says of `--project`. */
export const projectHelp = 'the project file (default: softprompt.config.ts, .js, .json or .yaml here)'

/** What `--help` says of `--only`. */
export const onlyHelp = 'these tasks of the project file alone: name,name'

/** Names of tasks, comma-separated. */
export function taskList(text: string): string[] {
  return [...new Set(text.split(',').map((name) => taskArgument(name.trim())))]
}
