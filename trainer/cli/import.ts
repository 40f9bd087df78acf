import { statSync } from 'node:fs'
import { join } from 'node:path'
import { InvalidArgumentError } from 'commander'
import { ModelCard, type WeightFormat, weightFormats } from '../../shared/formats/model-card.ts'
import { modelFiles } from '../../shared/formats/storage-keys.ts'
import { importModel } from '../import/import-model.ts'
import { type AddCommand, run } from './command.ts'
import { choice } from './options.ts'
import { readableBytes } from './table.ts'

interface ImportFlags {
  readonly out: string
  readonly weights: WeightFormat
  readonly name?: string
  readonly beginning: keyof typeof beginnings
  readonly licence?: string
  readonly source?: string
  readonly json?: true
}

const beginnings = { auto: undefined, always: true, never: false }

export const importCommand: AddCommand = (program) => {
  program
    .command('import')
    .description('Make a model package of a Hugging Face Llama checkpoint.')
    .argument('<dir>', 'the folder with config.json, tokenizer.json and *.safetensors')
    .requiredOption('--out <dir>', 'the folder of the package to write')
    .addOption(choice('--weights <format>', 'int8 to serve; float32 for references', weightFormats, 'int8'))
    .option('--name <name>', "the model's name (default: the checkpoint's folder)", field('name'))
    .addOption(
      choice(
        '--beginning <when>',
        "whether a text begins with the checkpoint's bos_token_id: auto is as its tokenizer says",
        Object.keys(beginnings),
        'auto',
      ),
    )
    .option('--licence <licence>', "the weights' licence, for the card", field('licence'))
    .option('--source <text>', 'where the checkpoint comes from, for the card', field('source'))
    .option('--json', 'print the result as one JSON object on the last line')
    .action((directory: string, { out, weights, beginning, json, ...described }: ImportFlags) =>
      run(json === true, async ({ signal, log, status }) => {
        log(`importing ${directory} with ${weights} weights`)
        const progress = (done: number, tensors: number) => status(`tensor ${done + 1} of ${tensors}`)
        const always = beginnings[beginning]
        const card = await importModel(directory, {
          out,
          weights,
          signal,
          progress,
          ...described,
          ...(always === undefined ? {} : { beginning: always }),
        })
        log(`wrote ${out}`)
        const bytes = modelFiles.reduce((sum, name) => sum + statSync(join(out, name)).size, 0)
        const { name, baseHash, sizes, tokens } = card
        return { json: { out, name, weights, bytes, baseHash, sizes, tokens }, text: summary(card, out, bytes) }
      }),
    )
}

function summary({ name, weights, sizes, tokens, baseHash }: ModelCard, out: string, bytes: number): string {
  const { vocabulary, hidden, layers, heads, keyValueHeads, headSize, context } = sizes
  return [
    `${out}: model ${name}, ${weights} weights, ${readableBytes(bytes)}`,
    `vocabulary ${vocabulary}  hidden ${hidden}  layers ${layers}  heads ${heads} of ${headSize} (${keyValueHeads} for keys and values)  context ${context}`,
    tokens.beginning === null ? 'a text begins with its own first token' : `a text begins with token ${tokens.beginning}`,
    `base ${baseHash}`,
    `Next: softprompt train --model ${out}`,
  ].join('\n')
}

/** A parser of what goes on the card as it is. */
function field(name: 'name' | 'licence' | 'source') {
  return (text: string): string => {
    const parsed = ModelCard.shape[name].safeParse(text)
    if (!parsed.success) throw new InvalidArgumentError(`It does not fit on the card: ${parsed.error.issues[0]?.message}.`)
    return text
  }
}
