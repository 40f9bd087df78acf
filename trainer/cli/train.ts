import { join } from 'node:path'
import { SoftPromptError } from '../../shared/error.ts'
import { promptMethods } from '../../shared/formats/prompt-card.ts'
import { FrozenModel } from '../autodiff/frozen-model.ts'
import { readExamples } from '../data/dataset.ts'
import { openModel } from '../disk/model-package.ts'
import { loadTensorFlow } from '../tensorflow.ts'
import { initializations } from '../train/initializers/initialize.ts'
import { learnPrompt } from '../train/job.ts'
import { optimizerNames } from '../train/optimizers/optimizers.ts'
import { schedules } from '../train/schedules/schedule.ts'
import { defaultSettings, type TrainingSettings } from '../train/settings.ts'
import { type AddCommand, run } from './command.ts'
import { defaultModel } from './defaults.ts'
import { choice, count, number, taskArgument, templateArgument, threadCount, verbalizers } from './options.ts'
import { progressLine } from './progress.ts'

interface TrainOptions extends Partial<TrainingSettings> {
  readonly model: string
  readonly task: string
  readonly train: string
  readonly dev?: string
  readonly out?: string
  readonly verbalizers?: Record<string, string>
  readonly threads?: number
  readonly resume?: boolean
  readonly json?: boolean
}

const examples = `
Examples:
  softprompt train --task routing --train examples/support-routing/train.jsonl --dev examples/support-routing/dev.jsonl
  softprompt train --task spam --train spam.csv --method prompt --virtual-tokens 10 --verbalizers "ham=message,spam=advertisement"`

export const trainCommand: AddCommand = (program) => {
  const positive = number({ min: Number.MIN_VALUE })
  const share = number({ min: 0, max: 1 })
  const command = program
    .command('train')
    .description('Learn a soft prompt from a file of examples. The model stays as it is.')
    .requiredOption('--task <name>', 'the name of the task', taskArgument)
    .requiredOption('--train <file>', 'examples: JSON Lines {"text", "label"}, or CSV with the columns text and label')
    .option('--dev <file>', 'examples to choose the best step by (default: a part of --train is held out)')
    .option('--out <dir>', 'where to write the prompt package (default: runs/<task>)')
    .option('--model <dir>', 'the model package', defaultModel)
    .addOption(
      choice('--method <method>', 'prompt: vectors before the text (Lester); prefix: keys and values of every layer', promptMethods),
    )
    .option('--virtual-tokens <n>', 'P, the length of the prompt', number({ min: 1, max: 512, whole: true }))
    .addOption(choice('--init <how>', 'what the prompt begins as', initializations))
    .option('--init-text <text>', 'the text to begin from (with --init text)')
    .option('--template <text>', 'how a text is put to the model; holds {text} once', templateArgument)
    .option(
      '--verbalizers <pairs>',
      'words that stand for labels: label=word,label=word or JSON (default: the labels themselves)',
      verbalizers,
    )
    .addOption(choice('--label-rows <how>', "whether the output rows of the labels' words are learned along", ['fixed', 'learned']))
    .option('--max-tokens <n>', 'the most tokens of a row; longer texts are cut, the template never', count)
    .addOption(choice('--optimizer <name>', 'how the prompt moves', optimizerNames))
    .option('--learning-rate <x>', "the prompt's learning rate", positive)
    .option('--label-learning-rate <x>', "the label rows' learning rate", positive)
    .option('--weight-decay <x>', 'decoupled, on the prompt', number({ min: 0 }))
    .addOption(choice('--schedule <name>', 'how the learning rate falls', schedules))
    .option('--warmup <share>', 'the share of the steps over which it rises', share)
    .option('--steps <n>', 'the most steps (default: 600, or 10 times through the examples where that is less)', count)
    .option('--batch-size <n>', 'examples a step', number({ min: 1, max: 1024, whole: true }))
    .option(
      '--evaluate-every <n>',
      'steps between two evaluations on dev, and two checkpoints (default: a sixth of --steps, at most 100)',
      count,
    )
    .option('--patience <n>', 'stop after so many evaluations without a better one', count)
    .option('--label-smoothing <share>', 'the share of the target spread over all labels', share)
    .option('--z-loss <x>', 'the weight of log²Σexp(scores)', number({ min: 0 }))
    .option('--seed <n>', 'for the order of batches and the beginning', number({ min: 0, max: 2 ** 31, whole: true }))
    .option('--threads <n>', 'threads of ONNX Runtime (default: all cores)', threadCount)
    .option('--resume', 'go on from the checkpoint that an interrupted run left; gives the same result as one that was not')
    .option('--json', 'print the result as one JSON object on the last line')
    .addHelpText('after', examples)
  for (const option of command.options) {
    const preset = defaultSettings[option.attributeName() as keyof typeof defaultSettings]
    if (preset !== undefined) option.description += ` (default: ${preset})`
  }
  command.action((options: TrainOptions) =>
    run(options.json === true, async ({ log, status, signal }) => {
      const {
        model: directory,
        task,
        train,
        dev,
        out = join('runs', task),
        verbalizers: chosen = {},
        threads,
        resume = false,
        json: _,
        ...given
      } = options
      if (given.initText !== undefined && given.init !== 'text') {
        throw new SoftPromptError('usage', 'Cannot begin from --init-text alone: add --init text.')
      }
      const examples = { train: readExamples(train), ...(dev === undefined ? {} : { dev: readExamples(dev) }) }
      const { backend } = await loadTensorFlow()
      log(
        `Learning ${task} by method ${given.method ?? defaultSettings.method} through ${directory}; the optimizer runs on TensorFlow.js's ${backend} backend.`,
      )

      const frozen = new FrozenModel(openModel(directory), threads === undefined ? {} : { threads })
      const warnings: string[] = []
      const observer = {
        step: (progress: Parameters<typeof progressLine>[0]) => status(progressLine(progress)),
        evaluated: ({ step, metrics, best }: { step: number; metrics: { accuracy: number; loss: number }; best: boolean }) =>
          log(`step ${step}: dev accuracy ${metrics.accuracy.toFixed(3)}, loss ${metrics.loss.toFixed(3)}${best ? ' (best so far)' : ''}`),
        warn: (message: string) => {
          warnings.push(message)
          log(`Warning: ${message}`)
        },
      }
      const learned = await learnPrompt({ frozen, task, ...examples, out, verbalizers: chosen, settings: given, resume, signal, observer }) // biome-ignore format: one call
      await frozen.release()

      const { metrics, bestStep, steps, id, bytes } = learned
      const { accuracy, macroF1, loss, majority } = metrics
      return {
        json: {
          task,
          package: out,
          prompt: id,
          bytes,
          steps,
          bestStep,
          temperature: learned.temperature,
          dev: { accuracy, macroF1, loss, majority },
          backend,
          warnings,
        },
        text: [
          `${out}: dev accuracy ${accuracy.toFixed(3)} (always the most frequent label: ${majority.toFixed(3)}), macro-F1 ${macroF1.toFixed(3)}, best at step ${bestStep} of ${steps}, ${(bytes / 1000).toFixed(1)} kB`,
          `Next: softprompt evaluate ${out} --data <test file>, then softprompt publish ${out}`,
        ].join('\n'),
      }
    }),
  )
}
