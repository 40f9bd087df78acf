import { statSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { SoftPromptError } from '../../../shared/error.ts'
import { ModelCard } from '../../../shared/formats/model-card.ts'
import { modelFiles } from '../../../shared/formats/storage-keys.ts'
import { namesOf } from '../../../shared/names-of.ts'
import { printable } from '../../../shared/printable.ts'
import { exampleFormats } from '../../data/dataset.ts'
import { readableBytes } from '../../disk/readable-bytes.ts'
import { type ImportOptions, importModel, modelFolder } from '../../import/import-model.ts'
import { modelTypes } from '../../import/source.ts'
import * as weightFormats from '../../import/weights/table.ts'
import { forWorker, tooLargeForWorker } from '../../import/worker-fit.ts'
import { requireFree } from '../../library/require-free.ts'
import { type ColumnFlags, withColumnOptions } from '../column-options.ts'
import { type AddCommand, groups, run } from '../command.ts'
import { defaultWeights, shippedExamples } from '../defaults.ts'
import { formatReport } from '../format-report.ts'
import { next } from '../next.ts'
import { choice, forceOption } from '../options.ts'

interface ImportFlags extends ColumnFlags {
  readonly out?: string
  readonly report?: string | true
  readonly prompt?: string
  readonly against: ImportOptions['weights']
  readonly weights: ImportOptions['weights']
  readonly name?: string
  readonly bos: keyof typeof bosChoices
  readonly licence?: string
  readonly source?: string
  readonly force?: true
  readonly json?: true
}

const formats = namesOf(weightFormats)
const help = `
Examples:
  softprompt import all-MiniLM-L6-v2 --out models/mine
  softprompt import all-MiniLM-L6-v2 --report mails.jsonl`

const bosChoices = { auto: undefined, always: true, never: false }

export const importCommand: AddCommand = (program) => {
  const command = program
    .command('import')
    .helpGroup(groups.learn)
    .description(`Make a model package of a Hugging Face checkpoint (model_type ${modelTypes.join(' or ')}).`)
    .argument('<dir>', 'the folder with config.json, tokenizer.json and *.safetensors')
    .option('--out <dir>', 'the folder of the package to write')
    .addOption(
      choice('--weights <format>', formats.map((name) => `${name} ${weightFormats[name].about}`).join('; '), formats, defaultWeights),
    )
    .option('--name <name>', "the model's name (default: the checkpoint's folder)", field('name'))
    .addOption(
      choice(
        '--bos <when>',
        "whether a text begins with the checkpoint's bos_token_id: auto is as its tokenizer says, and all that a BERT takes",
        Object.keys(bosChoices),
        'auto',
      ),
    )
    .option('--licence <licence>', "the weights' licence, for the card", field('licence'))
    .option('--source <text>', 'where the checkpoint comes from, for the card', field('source'))
    .option(...forceOption)
    .option(
      '--report [file]',
      `measure every weight format on examples, and write no package: ${exampleFormats} (default: those of sentiment that come with softprompt)`,
    )
    .option('--prompt <package>', 'with --report: answer by a prompt package in place of the words of the labels')
    .addOption(choice('--against <format>', 'with --report: the format that the others are held against', formats, 'float32'))
  withColumnOptions(command)
    .option('--json', 'print the result as one JSON object on the last line')
    .addHelpText('after', help)
    .action((directory: string, flags: ImportFlags) =>
      run(flags.json === true, async (terminal) => {
        const { out, weights, bos, force, report, prompt, against, json: _, textColumn, labelColumn, ...described } = flags
        requireTaken(command, report !== undefined)
        if (report !== undefined) {
          const file = report === true ? shippedExamples('sentiment') : report
          const asked = { file, against, textColumn, labelColumn, ...(prompt === undefined ? {} : { prompt }) }
          return formatReport(directory, asked, begins(bos), terminal)
        }
        if (out === undefined) throw new SoftPromptError('usage', `Cannot import ${directory}: --out has to name the folder to write, or --report a file of examples to measure on.`) // biome-ignore format: one thought
        const { signal, log, warn, status } = terminal
        requireFree(out, modelFolder, force === true)
        log(`importing ${directory} with ${weights} weights`)
        const progress = (done: number, tensors: number) => status(`tensor ${done + 1} of ${tensors}`)
        const card = await importModel(directory, {
          out,
          weights,
          signal,
          warn,
          progress,
          ...described,
          ...begins(bos),
        })
        log(`wrote ${out}`)
        const bytes = modelFiles.reduce((sum, name) => sum + statSync(join(out, name)).size, 0)
        const { name, baseHash, sizes, tokens } = card
        const json = { out, name, weights, bytes, fitsWorker: forWorker(card) && tooLargeForWorker(card) === null, baseHash, sizes, tokens }
        return { json, text: summary(card, out, bytes) }
      }),
    )
}

/** The options that only a package takes, and those that only a report takes. */
const ofPackage = ['out', 'weights', 'name', 'licence', 'source', 'force']
const ofReport = ['prompt', 'against', 'textColumn', 'labelColumn']

/** Throws where an option was given that what is asked for does not take. */
function requireTaken(command: Command, report: boolean): void {
  const useless = (report ? ofPackage : ofReport).find((name) => command.getOptionValueSource(name) === 'cli')
  if (useless === undefined) return
  const flag = command.options.find((option) => option.attributeName() === useless)?.long
  throw new SoftPromptError(
    'usage',
    report
      ? `Cannot use ${flag} with --report, which writes no package: leave one out.`
      : `Cannot use ${flag} without --report: an import needs none.`,
  )
}

function begins(bos: keyof typeof bosChoices): Pick<ImportOptions, 'bos'> {
  const always = bosChoices[bos]
  return always === undefined ? {} : { bos: always }
}

function summary(card: ModelCard, out: string, bytes: number): string {
  const { name, weights, sizes, tokens, baseHash } = card
  const { vocabulary, hidden, layers, heads, keyValueHeads, headSize, context } = sizes
  return [
    `${out}: model ${printable(name)}, ${weights} weights, ${readableBytes(bytes)}`,
    `vocabulary ${vocabulary}  hidden ${hidden}  layers ${layers}  heads ${heads} of ${headSize} (${keyValueHeads} for keys and values)  context ${context}`,
    standing(tokens),
    servable(card),
    `base ${baseHash}`,
    ...(forWorker(card) ? [next(['train', '--model', out, '--task', 'sentiment', '--train', shippedExamples('sentiment')])] : []),
  ].join('\n')
}

/** Where it can be served, for people. */
function servable(card: ModelCard): string {
  if (!forWorker(card))
    return `for browsers with WebGPU: publish --formats ${defaultWeights},${card.weights} adds it to what a Worker serves`
  const tooLarge = tooLargeForWorker(card)
  return tooLarge === null ? 'fits a Worker' : `does not fit a Worker: ${tooLarge}`
}

/** What stands around a text, for people. */
function standing({ before, after }: ModelCard['tokens']): string {
  if (after.length > 0) return `a text is read as ${[...before, '<text>', ...after].join(' ')}`
  return before.length === 0 ? 'a text begins with its own first token' : `a text begins with token ${before.join(' ')}`
}

/** A parser of what goes on the card as it is. */
function field(name: 'name' | 'licence' | 'source') {
  return (text: string): string => {
    const parsed = ModelCard.shape[name].safeParse(text)
    if (!parsed.success) throw new InvalidArgumentError(`It does not fit on the card: ${parsed.error.issues[0]?.message}.`)
    return text
  }
}
