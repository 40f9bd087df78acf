import { sha256 } from '../../../shared/formats/hashing.ts'
import { exampleFormats, readExamples } from '../../data/dataset.ts'
import { promptFolder, writePromptFolder } from '../../disk/prompt-folder.ts'
import { valuesOf } from '../../evaluate/metrics.ts'
import { abstainingText } from '../../evaluate/report/abstaining.ts'
import { metricsLine } from '../../evaluate/report/metrics-line.ts'
import { rightAnswers } from '../../evaluate/right-answers.ts'
import { scoreTexts } from '../../evaluate/score.ts'
import { describedPackage } from '../../library/evaluate-package.ts'
import { withPackage } from '../../library/open-package.ts'
import { requireFree } from '../../library/require-free.ts'
import { neverAnswered } from '../../train/never-answered.ts'
import { PlainSettings } from '../../train/plain-settings.ts'
import { recalibrate } from '../../train/recalibrate.ts'
import { type ColumnFlags, columnsOf, withColumnOptions } from '../column-options.ts'
import { type AddCommand, groups, run } from '../command.ts'
import { next, textToTry } from '../next.ts'
import { forceOption, packageModelHelp, threadCount } from '../options.ts'
import { settingsOptions } from '../settings-options.ts'

interface CalibrateOptions extends ColumnFlags, Pick<PlainSettings, 'precision' | 'thresholds'> {
  readonly data: string
  readonly out: string
  readonly model?: string
  readonly threads?: number
  readonly force?: true
  readonly json?: true
}

const help = `
Examples:
  softprompt calibrate runs/routing --data examples/support-routing/dev.jsonl --precision 0.95 --out runs/routing-sure
  softprompt calibrate runs/routing --data dev.csv --precision 0.99 --thresholds label --out runs/routing-sure`

export const calibrateCommand: AddCommand = (program) => {
  const command = program
    .command('calibrate')
    .helpGroup(groups.learn)
    .argument('<package>', 'the folder of a prompt package')
    .description('Choose anew, without training, how sure a prompt is and from which probability on it answers: in a new package.')
    .requiredOption('--data <file>', `examples that it was not learned from: ${exampleFormats}`)
    .requiredOption('--out <dir>', 'the folder of the package to write')
  for (const option of settingsOptions(PlainSettings.pick({ precision: true, thresholds: true }))) command.addOption(option)
  withColumnOptions(command)
    .option('--model <dir>', packageModelHelp)
    .option('--threads <n>', 'threads of ONNX Runtime (default: all cores)', threadCount)
    .option(...forceOption)
    .option('--json', 'print the result as one JSON object on the last line')
    .addHelpText('after', help)
    .action((directory: string, options: CalibrateOptions) =>
      run(options.json === true, async (terminal) => {
        const { out, precision, thresholds } = options
        requireFree(out, promptFolder, options.force === true)
        const data = readExamples(options.data, { columns: columnsOf(options), split: 'dev', tell: terminal.log })
        const { task, labels, several } = describedPackage(directory)
        rightAnswers(data, labels, directory, several) // before the model is loaded
        return withPackage(directory, options, terminal, async ({ files, opened, frozen, prompt }) => {
          const scores = await scoreTexts(frozen, prompt, data.examples.map(({ text }) => text), terminal.signal) // biome-ignore format: one call
          const settings = { ...(precision !== undefined && { precision }), ...(thresholds !== undefined && { thresholds }) }
          const { files: made, chosen } = await recalibrate(files, opened.card, directory, { data, scores, settings })
          await writePromptFolder(out, made, opened.directory)
          const never = neverAnswered(chosen, labels, precision)
          if (never !== null) terminal.warn(never)
          const { abstaining, metrics, rule } = chosen
          const values = valuesOf(metrics)
          return {
            json: {
              ...{ task, package: out, prompt: await sha256(made['prompt.json']), temperature: rule.temperature },
              ...{ thresholds: rule.thresholds ?? null, abstaining, dev: values },
            },
            text: [
              `${out}: on ${data.file} ${metricsLine(values)}, temperature ${rule.temperature.toFixed(2)}.`,
              ...(abstaining === null ? [] : [abstainingText(abstaining, 'these')]),
              next(['classify', out, textToTry(data.examples)], ['publish', out]),
            ].join('\n'),
          }
        })
      }),
    )
}
