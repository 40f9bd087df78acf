import { SoftPromptError } from '../../../shared/error.ts'
import { counted } from '../../counted.ts'
import { checkData } from '../../data/check-data.ts'
import type { Splits } from '../../data/checks/check.ts'
import type { ModelReading } from '../../data/checks/model-reading.ts'
import { exampleFormats, readExamples } from '../../data/dataset.ts'
import { isFolder, splitFiles } from '../../data/dataset-folder.ts'
import { aboutWords, verbalize } from '../../data/labels.ts'
import { type SplitName, splitNamed } from '../../data/split-names.ts'
import { requireArchitecture } from '../../import/architectures/require-architecture.ts'
import { openTokenizer } from '../../import/open-model.ts'
import { defaultModel } from '../../library/shipped.ts'
import { templateOf } from '../../train/check-job.ts'
import { type GivenSettings, settingsFor, TrainingSettings } from '../../train/settings.ts'
import { type ColumnFlags, columnsOf, withColumnOptions } from '../column-options.ts'
import { type AddCommand, groups, run } from '../command.ts'
import { dataLines } from '../data-lines.ts'
import { labelPairs, oneFile } from '../options.ts'
import { settingsOptions } from '../settings-options.ts'

interface CheckOptions extends ColumnFlags, Pick<GivenSettings, 'template' | 'maxTokens'> {
  readonly train?: string
  readonly dev?: string
  readonly test?: string
  readonly model: string
  readonly verbalizers?: Record<string, string>
  readonly json?: true
}

const help = `
Examples:
  softprompt check examples/support-routing
  softprompt check mails-train.csv mails-test.csv --text-column body
  softprompt check --train march.jsonl --dev april.jsonl

Exit code 1 means that training would fail, or that what is measured on dev or test would be wrong.`

export const checkCommand: AddCommand = (program) => {
  const command = program
    .command('check')
    .helpGroup(groups.learn)
    .argument('[files...]', 'examples: files whose names say train, dev or test, or a folder of them')
    .description('Look through examples before learning from them: counts, duplicates, contradictions, lengths, labels.')
    .option('--train <file>', `examples to learn from: ${exampleFormats}`, oneFile)
    .option('--dev <file>', 'examples to choose the best step by', oneFile)
    .option('--test <file>', 'examples to measure on', oneFile)
  withColumnOptions(command)
    .option('--model <dir>', 'the model package whose tokens are counted', defaultModel)
    .option('--verbalizers <pairs>', 'words that stand for labels, as for train (default: the labels themselves)', labelPairs)
  for (const option of settingsOptions(TrainingSettings.pick({ template: true, maxTokens: true }))) command.addOption(option)
  command
    .option('--json', 'print the result as one JSON object on the last line')
    .addHelpText('after', help)
    .action((files: string[], options: CheckOptions) =>
      run(options.json === true, async ({ log }) => {
        const reading = { columns: columnsOf(options), tell: log }
        const entries = Object.entries(namedSplits(files, options)) as [SplitName, string][]
        const splits: Splits = Object.fromEntries(entries.map(([split, file]) => [split, readExamples(file, { ...reading, split })]))
        const report = checkData(splits, modelReading(options, splits.train?.examples.length ?? 1))
        const problems = report.findings.filter(({ level }) => level === 'problem').length
        if (problems > 0) process.exitCode = 1
        const found = `${counted(problems, 'problem')} and ${counted(report.findings.length - problems, 'warning')}.`
        return { json: { ...report, ok: problems === 0 }, text: [...dataLines(report), found].join('\n') }
      }),
    )
}

/** The file or folder of each split: as the options say, or as the names of `files` do. Throws `usage` where that isn't clear. */
function namedSplits(files: readonly string[], { train, dev, test }: CheckOptions): Partial<Record<SplitName, string>> {
  const named: Partial<Record<SplitName, string>> = {}
  const add = (split: SplitName, file: string) => {
    if (named[split] !== undefined)
      throw new SoftPromptError('usage', `Cannot check both ${named[split]} and ${file} as ${split}: say with --train, --dev and --test which is which.`) // biome-ignore format: one thought
    named[split] = file
  }
  for (const [split, file] of Object.entries({ train, dev, test })) if (file !== undefined) add(split as SplitName, file)
  for (const file of files) {
    if (isFolder(file)) for (const split of Object.keys(splitFiles(file)) as SplitName[]) add(split, file)
    else add(splitNamed(file.split(/[\\/]/).at(-1) ?? '') ?? 'train', file)
  }
  if (Object.keys(named).length > 0) return named
  throw new SoftPromptError('usage', 'There is nothing to check: name files or a folder, or --train FILE.')
}

/** How training through the model would read the examples. */
function modelReading({ model, template, maxTokens, verbalizers: chosen = {} }: CheckOptions, examples: number): ModelReading {
  const opened = openTokenizer(model)
  const given = { ...(template === undefined ? {} : { template }), ...(maxTokens === undefined ? {} : { maxTokens }) }
  const settings = settingsFor(given, examples, requireArchitecture(opened.card).defaults)
  const fitting = { ...settings, maxTokens: Math.min(settings.maxTokens, opened.card.sizes.context) }
  return {
    encode: templateOf(fitting, opened),
    maxTokens: fitting.maxTokens,
    aboutWords: (labels) => aboutWords(verbalize(labels, chosen, opened.encode), opened.card, opened.encode),
  }
}
