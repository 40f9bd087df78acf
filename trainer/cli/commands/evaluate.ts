import { readPromptPackage } from '../../../shared/formats/prompt-package.ts'
import { exampleFormats, readExamples } from '../../data/dataset.ts'
import { labelIndex } from '../../data/labels.ts'
import { pairedDifference, shareInterval } from '../../evaluate/interval.ts'
import { metricsOf } from '../../evaluate/metrics.ts'
import { comparedText, comparisonText } from '../../evaluate/report/comparison.ts'
import { confusionTable } from '../../evaluate/report/confusion.ts'
import { metricsLine } from '../../evaluate/report/metrics-line.ts'
import { answeredRight } from '../../evaluate/right.ts'
import { scoreTexts } from '../../evaluate/score.ts'
import { scoreWithoutPrompt } from '../../evaluate/without-prompt.ts'
import { type ColumnFlags, columnsOf, withColumnOptions } from '../column-options.ts'
import { type AddCommand, groups, run } from '../command.ts'
import { withPackage } from '../open-package.ts'
import { threadCount } from '../options.ts'
import { packageModelHelp } from '../package-model.ts'

interface EvaluateOptions extends ColumnFlags {
  readonly data: string
  readonly model?: string
  readonly zeroShot?: boolean
  readonly threads?: number
  readonly json?: boolean
}

export const evaluateCommand: AddCommand = (program) => {
  const command = program
    .command('evaluate')
    .helpGroup(groups.learn)
    .argument('<package>', 'the folder of a prompt package')
    .description('Measure a prompt on a file of examples: every metric and the confusion matrix.')
    .requiredOption('--data <file>', `examples: ${exampleFormats}`)
  withColumnOptions(command)
    .option('--model <dir>', packageModelHelp)
    .option('--zero-shot', "leave the prompt out: the frozen model alone, with the package's template and words")
    .option('--threads <n>', 'threads of ONNX Runtime (default: all cores)', threadCount)
    .option('--json', 'print the result as one JSON object on the last line')
    .action((directory: string, options: EvaluateOptions) =>
      run(options.json === true, ({ log, warn, signal }) =>
        withPackage(directory, options, { warn }, async ({ files, opened, frozen, prompt }) => {
          const { data: file, zeroShot = false } = options
          const { probe } = await readPromptPackage(files, opened.card, directory)
          const { card } = prompt
          const { examples } = readExamples(file, { columns: columnsOf(options), tell: log })
          const answers = examples.map(({ label }) => labelIndex(card.labels, label, file))
          const texts = examples.map(({ text }) => text)
          const alone = await scoreWithoutPrompt({ opened, frozen }, texts.map((text) => prompt.row(text)), { labels: card.labels, probe }, signal) // biome-ignore format: one thought
          const scores = zeroShot ? alone.zeroShot : await scoreTexts(frozen, prompt, texts, signal)

          const measured = (of: readonly Float64Array[], probabilities?: (row: ArrayLike<number>) => number[]) => metricsOf(of, answers, card.labels.length, probabilities) // biome-ignore format: one thought
          const metrics = zeroShot ? measured(scores) : measured(scores, (row) => prompt.probabilities(row))
          const others = {
            zeroShot: measured(alone.zeroShot).accuracy,
            ...(alone.probe === null ? {} : { probe: measured(alone.probe).accuracy }),
          }
          const overProbe =
            zeroShot || alone.probe === null || prompt.length === 0
              ? null
              : pairedDifference(answeredRight(scores, answers), answeredRight(alone.probe, answers))

          const labels = card.labels.map(({ label }) => label)
          const { confusion, ...values } = metrics
          return {
            json: {
              ...{ task: card.task, data: file, examples: examples.length, zeroShot, ...values },
              ...{ interval: shareInterval(values.accuracy, examples.length), baselines: others, overProbe, labels, confusion },
            },
            text: [
              `${card.task} on ${file}, ${examples.length} examples${zeroShot ? ', without the prompt' : ''}:`,
              metricsLine(metrics),
              comparedText(values, others, examples.length),
              ...(overProbe === null ? [] : [comparisonText(overProbe)]),
              '',
              confusionTable(confusion, labels),
            ].join('\n'),
          }
        }),
      ),
    )
}
