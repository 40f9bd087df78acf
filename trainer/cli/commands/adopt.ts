import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { excerpt, SoftPromptError } from '../../../shared/error.ts'
import { aboutWords, verbalize } from '../../data/labels.ts'
import { promptFolder, writePromptFolder } from '../../disk/prompt-folder.ts'
import { adopt, readPeftFiles } from '../../import/adopt.ts'
import { openFrozen } from '../../import/open-frozen.ts'
import { openModel } from '../../import/open-model.ts'
import { requireFree } from '../../library/require-free.ts'
import { defaultModel } from '../../library/shipped.ts'
import { type AddCommand, groups, run } from '../command.ts'
import { next, textToTry } from '../next.ts'
import { count, forceOption, labelPairs, taskArgument, templateArgument } from '../options.ts'

interface AdoptOptions {
  readonly model: string
  readonly task: string
  readonly labels: string
  readonly verbalizers?: Record<string, string>
  readonly template: string
  readonly maxTokens?: number
  readonly out: string
  readonly force?: true
  readonly json?: true
}

/** Texts of the self-test: a package made by PEFT comes without any. */
const selfTestTexts = [
  'Hello.',
  'It did not work at all, and nobody could tell me why.',
  'Thank you, that was exactly what I had hoped for.',
]

export const adoptCommand: AddCommand = (program) => {
  program
    .command('adopt')
    .helpGroup(groups.learn)
    .description('Make a prompt package of one that PEFT has saved (PROMPT_TUNING or PREFIX_TUNING).')
    .argument('<dir>', 'the folder with adapter_config.json and adapter_model.safetensors')
    .requiredOption('--task <name>', 'the name of the task', taskArgument)
    .requiredOption('--labels <labels>', 'the labels, comma-separated')
    .requiredOption('--template <text>', 'how a text was put to the model; holds {text} once', templateArgument)
    .requiredOption('--out <dir>', 'the folder of the package to write')
    .option(
      '--verbalizers <pairs>',
      'words that stand for labels: label=word,label=word or JSON (default: the labels themselves)',
      labelPairs,
    )
    .option('--max-tokens <n>', 'the most tokens of a row; longer texts are cut, the template never', count)
    .option('--model <dir>', 'the model package that it was trained on', defaultModel)
    .option(...forceOption)
    .option('--json', 'print the result as one JSON object on the last line')
    .action((directory: string, options: AdoptOptions) =>
      run(options.json === true, async ({ warn }) => {
        const { task, template, maxTokens, out } = options
        if (existsSync(join(directory, 'prompt.json'))) {
          throw new SoftPromptError(
            'usage',
            `Cannot adopt ${directory}: it is a prompt package already, with learned label rows that would be lost. softprompt publish takes it as it is.`,
          )
        }
        requireFree(out, promptFolder, options.force === true)
        const names = options.labels
          .split(',')
          .map((label) => label.trim())
          .filter((label) => label !== '')
        if (names.length < 2 || new Set(names).size < names.length)
          throw new SoftPromptError(
            'usage',
            `Cannot adopt ${directory} with labels ${excerpt(JSON.stringify(options.labels))}: give at least two, comma-separated, each label once.`,
          )
        const peft = readPeftFiles(directory)
        const opened = openModel(options.model)
        const labels = verbalize(names, options.verbalizers ?? {}, opened.encode)
        const frozen = await openFrozen(opened)
        try {
          const { files, warnings } = await adopt(peft, directory, { task, labels, template, maxTokens }, { opened, frozen }, selfTestTexts)
          for (const warning of [...aboutWords(labels, opened.card, opened.encode), ...warnings]) warn(warning)
          await writePromptFolder(out, files, opened.directory)
        } finally {
          await frozen.close()
        }
        return {
          json: { task, package: out, labels },
          text: `${out}: a prompt package for task ${task}.\n${next(['classify', out, textToTry([])], ['publish', out])}`,
        }
      }),
    )
}
