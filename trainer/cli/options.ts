import { InvalidArgumentError, Option } from 'commander'
import { excerpt } from '../../shared/error.ts'
import { PromptCard } from '../../shared/formats/prompt-card.ts'
import { TaskName } from '../../shared/formats/task-name.ts'

interface NumberRange {
  readonly min?: number | undefined
  readonly max?: number | undefined
  /** What it must be larger than. */
  readonly above?: number | undefined
  readonly whole?: boolean
}

/** A parser of numbers for an option, within a range and whole where asked. */
export function number({ min, max, above, whole = false }: NumberRange = {}) {
  return (text: string): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text)
    const within = value >= (min ?? -Infinity) && value <= (max ?? Infinity) && value > (above ?? -Infinity)
    if (Number.isFinite(value) && within && (!whole || Number.isInteger(value))) return value
    const bounds = { 'more than': above, 'at least': min, 'at most': max }
    const range = Object.entries(bounds)
      .flatMap(([words, bound]) => (bound === undefined ? [] : [`${words} ${bound}`]))
      .join(' and ')
    throw new InvalidArgumentError(`It must be a ${whole ? 'whole ' : ''}number${range ? ` of ${range}` : ''}.`)
  }
}

/** What `--help` says of `--model` where a command is given a package. */
export const packageModelHelp = 'the model package (default: the one that the prompt was made on)'

/** The option with which a command may replace a package. */
export const forceOption = ['--force', 'replace the package that is in --out already'] as const

/** A file of examples, of which an option takes one: the last of several would be read alone. */
export function oneFile(file: string, before?: string): string {
  if (before === undefined) return file
  throw new InvalidArgumentError(
    `It comes after ${excerpt(before)}, and one file or folder is read. Put them into one, or name both in a project file: train: [a.csv, b.csv].`,
  )
}

export const count = number({ min: 1, max: 2 ** 31, whole: true })

export const threadCount = number({ min: 1, max: 256, whole: true })

/** A task's name. */
export function taskArgument(text: string): string {
  const parsed = TaskName.safeParse(text)
  if (!parsed.success) throw new InvalidArgumentError(`A task's name ${parsed.error.issues[0]?.message}.`)
  return parsed.data
}

/** A template: how a text is put to the model. */
export function templateArgument(text: string): string {
  const parsed = PromptCard.shape.template.safeParse(text)
  if (!parsed.success) throw new InvalidArgumentError(`A template ${parsed.error.issues[0]?.message}.`)
  return parsed.data
}

/** An option with one of a few values. */
export function choice(flags: string, description: string, values: readonly string[], preset?: string): Option {
  const option = new Option(flags, description).choices([...values])
  return preset === undefined ? option : option.default(preset)
}

/** Label and word pairs, as `label=word,label=word` or as a JSON object. */
export function labelPairs(text: string): Record<string, string> {
  const pairs = text.trimStart().startsWith('{') ? fromJson(text) : text.split(',').map((pair) => splitOnce(pair))
  for (const [label, word] of pairs) {
    if (typeof word !== 'string' || label.trim() === '' || word.trim() === '')
      throw new InvalidArgumentError('Give label=word,label=word or a JSON object of strings.')
  }
  const labels = pairs.map(([label]) => label)
  const twice = labels.find((label, i) => labels.indexOf(label) < i)
  if (twice !== undefined) throw new InvalidArgumentError(`It has label ${excerpt(JSON.stringify(twice))} twice: give each label one word.`)
  return Object.fromEntries(pairs.map(([label, word]) => [label, (word as string).trim()]))
}

/** The entries of a JSON object. */
export function fromJson(text: string): [string, unknown][] {
  try {
    return Object.entries(JSON.parse(text))
  } catch {
    throw new InvalidArgumentError('It starts like a JSON object, and is not valid JSON.')
  }
}

function splitOnce(pair: string): [string, unknown] {
  const at = pair.indexOf('=')
  return at < 0 ? [pair, undefined] : [pair.slice(0, at).trim(), pair.slice(at + 1)]
}
