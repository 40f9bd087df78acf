import type { Argument, Command, Option } from 'commander'
import { excerpt } from '../../shared/error.ts'
import { printable } from '../../shared/printable.ts'

/** What may stand at the cursor. */
export interface Completions {
  readonly values: readonly { readonly value: string; readonly description: string }[]
  /** What may where there are no values: names of files or folders, which the shell knows. */
  readonly paths: 'none' | 'files' | 'folders'
}

/** What stands for paths, by the word for it in the help: `--data <file>`. */
const paths: Readonly<Record<string, Completions['paths']>> = { file: 'files', dir: 'folders', place: 'folders', package: 'folders' }

const maxDescription = 80
const nothing: Completions = { values: [], paths: 'none' }

/**
 * What `words`, which stand behind the program's name, may be completed to: commands, options, values of options with choices, and of
 * `packages` those that may be meant. The last word is the one at the cursor, as far as it is typed.
 */
export function completions(program: Command, words: readonly string[], packages: () => readonly string[]): Completions {
  const current = words.at(-1) ?? ''
  const { command, option, places, onlyArguments } = placeBehind(program, words.slice(0, -1))
  if (option !== undefined && (option.required || !current.startsWith('-'))) return valuesOf(option, current, packages)
  if (onlyArguments || !current.startsWith('-')) {
    if (command.commands.length > 0) return matching(current, commandsOf(command))
    const argument = command.registeredArguments[places] ?? lastIfVariadic(command)
    return argument === undefined ? nothing : valuesOf(argument, current, packages)
  }
  const [flag = '', typed] = split(current)
  if (typed === undefined) return matching(current, optionsOf(command))
  const named = optionNamed(command, flag)
  return named === undefined ? nothing : valuesOf(named, typed, packages)
}

/** Where the cursor is behind `words`: of which command, behind how many of its arguments, and behind which option that wants a value. */
function placeBehind(program: Command, words: readonly string[]) {
  let [command, places, onlyArguments] = [program, 0, false]
  let option: Option | undefined
  for (const word of words) {
    const isValue = option !== undefined && (option.required || !word.startsWith('-'))
    option = undefined
    if (isValue) continue
    const inner = command.commands.find((inner) => inner.name() === word)
    if (onlyArguments) places++
    else if (word === '--') onlyArguments = true
    else if (word.startsWith('-')) {
      const [flag, value] = split(word)
      const named = optionNamed(command, flag)
      if (value === undefined && named !== undefined && (named.required || named.optional)) option = named
    } else if (inner !== undefined && places === 0) command = inner
    else places++
  }
  return { command, option, places, onlyArguments }
}

function valuesOf(of: Option | Argument, typed: string, packages: () => readonly string[]): Completions {
  if (of.argChoices !== undefined) return matching(typed, of.argChoices.map((value) => ({ value, description: '' }))) // biome-ignore format: one thought
  const word = 'flags' in of ? (/[<[]([\w-]+)/.exec(of.flags)?.[1] ?? '') : of.name()
  const found = word === 'package' ? matching(typed, packages().map((value) => ({ value, description: 'a prompt package' }))).values : [] // biome-ignore format: one thought
  return { values: found, paths: found.length > 0 ? 'none' : (paths[word] ?? 'none') }
}

function matching(typed: string, values: Completions['values']): Completions {
  const found = values.filter(({ value }) => value.startsWith(typed))
  return { values: found.map(({ value, description }) => ({ value, description: inOneLine(description) })), paths: 'none' }
}

function commandsOf(command: Command): Completions['values'] {
  const help = command.createHelp()
  return help.visibleCommands(command).map((inner) => ({ value: inner.name(), description: help.subcommandDescription(inner) }))
}

function optionsOf(command: Command): Completions['values'] {
  const help = command.createHelp()
  const options = [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)]
  return options.map(({ long, short, description }) => ({ value: long ?? short ?? '', description }))
}

/** The option of `command` or of the whole program that is called `flag`. */
function optionNamed(command: Command, flag: string): Option | undefined {
  return [...command.options, ...(command.parent?.options ?? [])].find(({ long, short }) => long === flag || short === flag)
}

function lastIfVariadic({ registeredArguments }: Command): Argument | undefined {
  const last = registeredArguments.at(-1)
  return last?.variadic ? last : undefined
}

/** An option's name and, behind `=`, the beginning of its value. */
function split(word: string): [flag: string, value?: string] {
  const at = word.indexOf('=')
  return at < 0 ? [word] : [word.slice(0, at), word.slice(at + 1)]
}

function inOneLine(text: string): string {
  return printable(excerpt(text.replaceAll(/\s+/g, ' '), maxDescription))
}
