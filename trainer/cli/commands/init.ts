import { existsSync, statSync, writeFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { excerpt, SoftPromptError } from '../../../shared/error.ts'
import { counted } from '../../counted.ts'
import { fieldNames } from '../../data/field-names.ts'
import type { Columns } from '../../data/readers/reader.ts'
import { type FoundTask, findTasks, guessColumns } from '../../project/find-tasks.ts'
import { findProjectFile } from '../../project/load-project.ts'
import type { ProjectFile, ProjectTask } from '../../project/project-file.ts'
import { projectTexts } from '../../project/project-text.ts'
import { type Conversation, conversation, tried } from '../ask.ts'
import { type AddCommand, groups, run } from '../command.ts'
import { next } from '../next.ts'
import { choice, number } from '../options.ts'

interface Flags {
  readonly yes?: true
  readonly format: keyof typeof projectTexts
  readonly minimum?: number
  readonly force?: true
  readonly json?: true
}

/** Asks on the terminal; null where nothing may be asked. */
type Ask = Conversation['ask'] | null

export const initCommand: AddCommand = (program) => {
  program
    .command('init')
    .helpGroup(groups.learn)
    .argument('[folder]', 'where the data lie: a folder for each task, with train.csv and such in it, or a file for each', '.')
    .description('Write a project file for the data of a folder, to train, judge and publish many tasks at once.')
    .addOption(choice('--format <name>', 'how the file is written', Object.keys(projectTexts), 'yaml'))
    .option('--minimum <share>', 'the accuracy that a package must reach to be published', number({ min: 0, max: 1 }))
    .option('-y, --yes', 'ask nothing: leave out what is not known')
    .option('--force', 'replace the project file that is there')
    .option('--json', 'print the result as one JSON object on the last line')
    .action((folder: string, flags: Flags) =>
      run(flags.json === true, async ({ log, warn, signal }) => {
        const file = `softprompt.config.${flags.format}`
        const there = findProjectFile()
        if (there !== null && !(flags.force === true && there === file))
          throw new SoftPromptError(
            'usage',
            `Cannot write ${file}: there is ${there} already. ${there === file ? 'Add --force to replace it, or move' : 'Move'} it away first.`,
          )
        if (!existsSync(folder) || !statSync(folder).isDirectory())
          throw new SoftPromptError('usage', `Cannot look for data in ${folder}: there is no such folder.`)
        const found = findTasks(folder)
        if (found.length === 0)
          throw new SoftPromptError(
            'usage',
            `Cannot find data in ${folder}: no file in it is one of examples, such as spam/train.csv or spam.jsonl.`,
          )
        const talk = flags.yes === true || !process.stdin.isTTY ? null : conversation(signal)
        const ask: Ask = talk?.ask ?? null
        try {
          const tasks: Record<string, ProjectTask> = {}
          const left: string[] = []
          for (const task of found) {
            const columns = await columnsOf(task, ask, log)
            if (columns === null) left.push(task.name)
            else tasks[task.name] = entryOf(task, columns)
          }
          if (Object.keys(tasks).length === 0)
            throw new SoftPromptError(
              'usage',
              `Cannot write a project file: of no file is it known which columns hold the texts and the labels. Run softprompt init without --yes in a terminal, which asks.`,
            )
          const minimum = flags.minimum ?? (await minimumFrom(ask))
          const content: ProjectFile = { ...(minimum === null ? {} : { defaults: { minimum: { accuracy: minimum } } }), tasks }
          writeFileSync(file, projectTexts[flags.format](content))
          for (const name of left) warn(`${name} is left out: it is not known which of its columns hold the texts and the labels.`)
          return {
            json: { file, tasks: Object.keys(tasks), leftOut: left },
            text: [
              `Wrote ${file} with ${counted(Object.keys(tasks).length, 'task')}: ${excerpt(Object.keys(tasks).join(', '), 400)}.`,
              next(['train', '--dry-run'], ['train'], ['publish']),
            ].join('\n'),
          }
        } finally {
          talk?.close()
        }
      }),
    )
}

/** A task's entry, with paths from the project file on. */
function entryOf({ files }: FoundTask, columns: Columns): ProjectTask {
  const paths = (of: readonly string[]) => {
    const [first, ...others] = of.map((path) => relative('', resolve(path)))
    return others.length === 0 && first !== undefined ? first : of.map((path) => relative('', resolve(path)))
  }
  return {
    train: paths(files.train),
    ...(files.dev && { dev: paths(files.dev) }),
    ...(files.test && { test: paths(files.test) }),
    ...(columns.text !== 'text' && { textColumn: columns.text }),
    ...(columns.label !== 'label' && { labelColumn: columns.label }),
  }
}

/** The columns of a task's files: by their names, else as they are told; null where nobody tells. */
async function columnsOf({ name, files }: FoundTask, ask: Ask, log: (line: string) => void): Promise<Columns | null> {
  const [file] = files.train
  if (file === undefined) return null
  const guessed = guessColumns(file)
  if (guessed !== null || ask === null) return guessed
  const fields = fieldNames(file).map((field) => field.trim())
  log(`${file} has no columns that are called text and label, or the like. Its columns are ${excerpt(fields.join(', '), 200)}.`)
  return tried(ask, async (asked) => {
    const text = await asked(`The column of ${name} that holds the texts (empty to leave the task out): `)
    if (text === '') return null
    const label = await asked(`The column of ${name} that holds the labels: `)
    if (text !== label && fields.includes(text) && fields.includes(label)) return { text, label }
    log(`${file} does not have both of these columns.`)
    return undefined
  })
}

async function minimumFrom(ask: Ask): Promise<number | null> {
  if (ask === null) return null
  return tried(ask, async (asked) => {
    const said = await asked('The accuracy that a package must reach to be published, such as 0.9 (empty for none): ')
    if (said === '') return null
    const minimum = Number(said)
    return minimum > 0 && minimum <= 1 ? minimum : undefined
  })
}
