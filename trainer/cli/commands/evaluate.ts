import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { SoftPromptError } from '../../../shared/error.ts'
import { exampleFormats } from '../../data/dataset.ts'
import { describedPackage } from '../../library/evaluate-package.ts'
import { measuredExamples } from '../../library/given-examples.ts'
import { type ColumnFlags, columnsOf, withColumnOptions } from '../column-options.ts'
import { type AddCommand, groups, run } from '../command.ts'
import { packageFigures } from '../evaluate-package.ts'
import { evaluateService } from '../evaluate-service.ts'
import { packageModelHelp, threadCount } from '../options.ts'
import { reportOption, requireReportFile } from '../report-file.ts'
import { keyHelp, servedTask } from '../served-task.ts'

interface EvaluateOptions extends ColumnFlags {
  readonly data: string
  readonly url?: string
  readonly key?: string
  readonly model?: string
  readonly zeroShot?: boolean
  readonly threads?: number
  readonly report?: string
  readonly json?: boolean
}

const help = `
Examples:
  softprompt evaluate runs/routing --data examples/support-routing/test.jsonl
  softprompt evaluate --url https://softprompt.example.workers.dev/v1/tasks/routing --data test.csv
  softprompt evaluate runs/routing --url https://softprompt.example.workers.dev --data test.csv`

export const evaluateCommand: AddCommand = (program) => {
  const command = program
    .command('evaluate')
    .helpGroup(groups.learn)
    .argument('[package]', 'the folder of a prompt package; with --url it may be left out, or name a task that is served there')
    .description(
      'Measure a prompt on a file of examples: every metric with its 95 % interval, the figures of each label, and the confusion matrix.',
    )
    .requiredOption('--data <file>', `examples: ${exampleFormats}`)
  withColumnOptions(command)
    .option('--url <address>', 'measure what is served there: https://host/v1/tasks/NAME. A package is held against it')
    .option('--key <key>', keyHelp)
    .option('--model <dir>', packageModelHelp)
    .option('--zero-shot', "leave the prompt out: the frozen model alone, with the package's template and words")
    .option('--threads <n>', 'threads of ONNX Runtime (default: all cores)', threadCount)
    .option(...reportOption)
    .option('--json', 'print the result as one JSON object on the last line')
    .addHelpText('after', help)
    .action((named: string | undefined, options: EvaluateOptions) =>
      run(options.json === true, (terminal) => {
        const read = () => measuredExamples(options.data, { columns: columnsOf(options), tell: terminal.log })
        const { url, key, report } = options
        if (report !== undefined) requireReportable(options, report)
        if (url === undefined) return packageFigures(requirePackage(named, options), read(), options, terminal)
        const directory = named !== undefined && existsSync(join(named, 'prompt.json')) ? named : null
        requireServed(directory, options)
        const task = directory === null ? named : { usual: describedPackage(directory).task }
        const served = servedTask(url, task, key)
        return evaluateService(served, directory, read(), options, terminal)
      }),
    )
}

function requireReportable({ url, zeroShot }: EvaluateOptions, report: string): void {
  const wrong = url !== undefined ? '--url: it is of a package' : zeroShot ? '--zero-shot: it is of a package with its prompt' : null
  if (wrong !== null) throw new SoftPromptError('usage', `Cannot use --report with ${wrong}.`)
  requireReportFile(report, '--report')
}

function requirePackage(named: string | undefined, { key }: EvaluateOptions): string {
  if (named === undefined)
    throw new SoftPromptError('usage', 'There is nothing to measure: name the folder of a prompt package, or a served task with --url.')
  if (key !== undefined) throw new SoftPromptError('usage', 'Cannot use --key without --url: a package needs none.')
  return named
}

function requireServed(directory: string | null, { zeroShot, model, threads }: EvaluateOptions): void {
  if (zeroShot) throw new SoftPromptError('usage', 'Cannot use --zero-shot with --url: a service answers with its prompt.')
  if (directory === null && (model !== undefined || threads !== undefined))
    throw new SoftPromptError('usage', 'Cannot use --model or --threads with --url and no package: the service has its own.')
}
