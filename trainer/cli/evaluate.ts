import { requireFinite } from '../../shared/engine/scores.ts'
import { readPromptPackage } from '../../shared/formats/prompt-package.ts'
import { compileTemplate } from '../../shared/text/template.ts'
import { FrozenModel } from '../autodiff/frozen-model.ts'
import { readExamples } from '../data/dataset.ts'
import { labelIndex } from '../data/labels.ts'
import { openModel } from '../disk/model-package.ts'
import { readPromptFiles } from '../disk/prompt-package.ts'
import { metricsOf } from '../evaluate/metrics/metrics.ts'
import { confusionTable } from '../evaluate/report/confusion.ts'
import { scoreTexts } from '../evaluate/score.ts'
import { type AddCommand, run } from './command.ts'
import { defaultModel } from './defaults.ts'
import { threadCount } from './options.ts'

interface EvaluateOptions {
  readonly data: string
  readonly model: string
  readonly zeroShot?: boolean
  readonly threads?: number
  readonly json?: boolean
}

export const evaluateCommand: AddCommand = (program) => {
  program
    .command('evaluate')
    .argument('<package>', 'the folder of a prompt package')
    .description('Measure a prompt on a file of examples: accuracy, macro-F1 and the confusion matrix.')
    .requiredOption('--data <file>', 'examples: JSON Lines {"text", "label"}, or CSV with the columns text and label')
    .option('--model <dir>', 'the model package', defaultModel)
    .option('--zero-shot', "leave the prompt out: the frozen model alone, with the package's template and words")
    .option('--threads <n>', 'threads of ONNX Runtime (default: all cores)', threadCount)
    .option('--json', 'print the result as one JSON object on the last line')
    .action((directory: string, { data: file, model: modelDirectory, zeroShot = false, threads, json }: EvaluateOptions) =>
      run(json === true, async ({ log, signal }) => {
        const frozen = new FrozenModel(openModel(modelDirectory), threads === undefined ? {} : { threads })
        const model = frozen.package
        const { card, parameters, labelRows, warnings } = await readPromptPackage(readPromptFiles(directory), model.card, directory)
        for (const warning of warnings) log(`Warning: ${warning}`)

        const data = readExamples(file)
        const answers = data.examples.map(({ label }) => labelIndex(card.labels, label, file))
        const encode = compileTemplate(card.template, model.encode, model.card.tokens, card.maxTokens)
        const learned = parameters.method === 'prefix' ? parameters.prefix : await frozen.compile(parameters.promptTable)
        const rows = zeroShot ? model.outputRows(card.labels.map(({ token }) => token)) : labelRows
        const texts = data.examples.map(({ text }) => encode(text))
        const scores = await scoreTexts(frozen, texts, zeroShot ? null : learned, rows, signal)
        await frozen.release()
        for (const row of scores) requireFinite(row, directory)

        const metrics = metricsOf(scores, answers, card.labels.length, zeroShot ? 1 : card.temperature)
        const labels = card.labels.map(({ label }) => label)
        const { accuracy, macroF1, loss, majority, confusion } = metrics
        return {
          json: {
            task: card.task,
            data: file,
            examples: data.examples.length,
            zeroShot,
            accuracy,
            macroF1,
            loss,
            majority,
            labels,
            confusion,
          },
          text: [
            `${card.task} on ${file}, ${data.examples.length} examples${zeroShot ? ', without the prompt' : ''}:`,
            `accuracy ${accuracy.toFixed(3)} (always the most frequent label: ${majority.toFixed(3)})  macro-F1 ${macroF1.toFixed(3)}  loss ${loss.toFixed(3)}`,
            '',
            confusionTable(confusion, labels),
          ].join('\n'),
        }
      }),
    )
}
