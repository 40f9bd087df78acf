import { join } from 'node:path'
import type { Command, Option } from 'commander'
import { SoftPromptError } from '../../../shared/error.ts'
import { exampleFormats } from '../../data/dataset.ts'
import { defaultModel } from '../../library/shipped.ts'
import { findProjectFile } from '../../project/load-project.ts'
import { TrainingSettings } from '../../train/settings.ts'
import { withColumnOptions } from '../column-options.ts'
import { type AddCommand, groups, run } from '../command.ts'
import { forceOption, labelPairs, oneFile, taskArgument, threadCount } from '../options.ts'
import { onlyHelp, projectHelp, taskList } from '../project-options.ts'
import { reportOption } from '../report-file.ts'
import { reportedPackage, reportedProject } from '../reported.ts'
import { settingsOptions } from '../settings-options.ts'
import { type ProjectFlags, trainFromProject } from '../train-from-project.ts'
import { type TaskFlags, trainTask } from '../train-task.ts'

interface TrainOptions extends Omit<TaskFlags, 'task' | 'train'>, ProjectFlags {
  readonly task?: string
  readonly train?: string
  readonly report?: string
  readonly json?: boolean
}

const examples = `
Examples:
  softprompt train --task routing --train examples/support-routing/train.jsonl --dev examples/support-routing/dev.jsonl
  softprompt train --task spam --train spam.csv --method prompt --virtual-tokens 10 --verbalizers "ham=message,spam=advertisement"`

export const trainCommand: AddCommand = (program) => {
  const command = program
    .command('train')
    .helpGroup(groups.learn)
    .description(
      'Learn a soft prompt from a file of examples, or those of a project file that are not up to date. The model stays as it is.',
    )
    .option('--task <name>', 'the name of the task; without it, the tasks of the project file are trained', taskArgument)
    .option('--train <file>', `examples: ${exampleFormats}, whose split train is taken`, oneFile)
    .option('--dev <file>', 'examples to choose the best step by (default: a part of --train is held out)', oneFile)
  withColumnOptions(command)
    .option('--out <dir>', 'where to write the prompt package (default: runs/<task>)')
    .option('--model <dir>', 'the model package', defaultModel)
    .option(
      '--verbalizers <pairs>',
      'words that stand for labels: label=word,label=word or JSON (default: the labels themselves)',
      labelPairs,
    )
  for (const option of settingsOptions(TrainingSettings)) command.addOption(option)
  command
    .option('--threads <n>', 'threads of ONNX Runtime (default: all cores)', threadCount)
    .option(forceOption[0], `${forceOption[1]}; of a project file, train every task`)
    .option('--resume', 'go on from the checkpoint that an interrupted run left; gives the same result as one that was not')
    .option('--project <file>', projectHelp)
    .option('--only <tasks>', onlyHelp, taskList)
    .option('--dry-run', 'say what of the project file would be trained, and why')
    .option('--junit <file>', 'write how the tasks of the project file did as a JUnit report too')
    .option(...reportOption)
    .option('--json', 'print the result as one JSON object on the last line')
    .addHelpText('after', examples)
    .action((options: TrainOptions, { options: known }: Command) =>
      run(options.json === true, async (terminal) => {
        const given = known.filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli')
        const { task, train, report, ...rest } = options
        if (task === undefined && train === undefined) {
          refuse(
            given,
            (name) => forProjects.includes(name) || forBoth.includes(name),
            'without --task and --train: the project file says that of its tasks',
          )
          return reportedProject(report, options, terminal, () => trainFromProject(options, terminal))
        }
        refuse(given, (name) => !forProjects.includes(name), 'with --task and --train: it goes with a project file')
        if (task === undefined) throw new SoftPromptError('usage', 'Cannot train without --task: name the task.')
        if (train === undefined) throw new SoftPromptError('usage', `Cannot train without --train: name a file of examples${orOnly(task)}.`)
        const { project: _1, only: _2, dryRun: _3, junit: _4, json: _5, ...flags } = rest
        const { out = join('runs', task) } = flags
        return reportedPackage(report, out, terminal, () => trainTask({ ...flags, out, task, train }, terminal))
      }),
    )
}

/** The options that go with a project file alone, and those that go with anything. */
const forProjects = ['project', 'only', 'dryRun', 'junit']
const forBoth = ['threads', 'force', 'report', 'json', 'quiet']

/** What else may be meant beside a project file. */
function orOnly(task: string): string {
  const file = findProjectFile()
  return file === null ? '' : `, or write --only ${task} for the task of ${file}`
}

/** Throws `usage` where an option was given that does not go with what is asked. */
function refuse(given: readonly Option[], goes: (name: string) => boolean, why: string): void {
  const wrong = given.find((option) => !goes(option.attributeName()))
  if (wrong !== undefined) throw new SoftPromptError('usage', `Cannot use ${wrong.long} ${why}.`)
}
