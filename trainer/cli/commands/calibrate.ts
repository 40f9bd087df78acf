import { counted } from '../../counted.ts'
import { exampleFormats, readExamples } from '../../data/dataset.ts'
import { promptFolder } from '../../disk/prompt-folder.ts'
import { abstainingText } from '../../evaluate/report/abstaining.ts'
import { metricsLine } from '../../evaluate/report/metrics-line.ts'
import { calibratePackage } from '../../library/calibrate-package.ts'
import { requireFree } from '../../library/require-free.ts'
import { PlainSettings } from '../../train/plain-settings.ts'
import { requireEffect } from '../../train/settings.ts'
import { type ColumnFlags, columnsOf, withColumnOptions } from '../column-options.ts'
import { type AddCommand, groups, run } from '../command.ts'
import { measuringOn } from '../evaluate-package.ts'
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
        requireEffect({ precision, thresholds })
        requireFree(out, promptFolder, options.force === true)
        const data = readExamples(options.data, { columns: columnsOf(options), split: 'dev', tell: terminal.log })
        const settings = { ...(precision !== undefined && { precision }), ...(thresholds !== undefined && { thresholds }) }
        const calibrated = await calibratePackage(directory, data, { ...measuringOn(terminal, options), out, settings })
        const { examples, dev, temperature, abstaining } = calibrated
        const held =
          examples === data.examples.length
            ? data.file
            : `the ${counted(examples, 'example')} of ${data.file} that were held out when it was learned from the others,`
        return {
          json: { ...calibrated },
          text: [
            `${out}: on ${held} ${metricsLine(dev)}, temperature ${temperature.toFixed(2)}.`,
            ...(abstaining === null ? [] : [abstainingText(abstaining, 'these')]),
            next(['classify', out, textToTry(data.examples)], ['publish', out]),
          ].join('\n'),
        }
      }),
    )
}
