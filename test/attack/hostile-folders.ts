import { createHash } from 'node:crypto'
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cardText } from '../../shared/formats/card.ts'
import { importModel } from '../../trainer/import/import-model.ts'
import { examplesOfTwoKinds, linesOf, quotedCsv } from '../fixtures/examples.ts'
import { root } from '../fixtures/root.ts'
import { writeCheckpoint } from '../fixtures/written-checkpoint.ts'
import { writeRandomPrompt } from '../fixtures/written-prompt.ts'

/** What the commands are given, each a folder of right files, of which a case spoils one in a copy; '' is the folder itself. */
export const inputs = {
  checkpoint: ['config.json', 'tokenizer.json', 'model.safetensors', ''],
  shards: ['model.safetensors.index.json', 'model-00002-of-00002.safetensors', 'config.json', ''],
  model: ['model.json', 'tokenizer.json', 'model.onnx', 'model.onnx.data', ''],
  prompt: ['prompt.json', 'adapter_config.json', 'adapter_model.safetensors', 'labels.safetensors', ''],
  peft: ['adapter_config.json', 'adapter_model.safetensors', ''],
  data: ['train.jsonl', 'train.csv', ''],
} as const

export type Input = keyof typeof inputs

/** A command line on these inputs, of which `spoilt` is one, with one of its files; what it writes goes to `out`. */
type Line = (at: (input: Input) => string, out: string, spoilt: { readonly input: Input; readonly file: string }) => string[]

const dataFile = (at: (input: Input) => string, { input, file }: { readonly input: Input; readonly file: string }) =>
  join(at('data'), input === 'data' ? file : 'train.jsonl')

const labels = ['--labels', 'fruit,metal', '--template', '{text} It was']

/** The commands, with the inputs of each that may be spoilt. */
export const lines: Readonly<Record<string, { readonly spoils: readonly Input[]; readonly line: Line }>> = {
  import: {
    spoils: ['checkpoint', 'shards'],
    line: (at, out, { input }) => ['import', at(input), '--out', out],
  },
  train: {
    spoils: ['model', 'data'],
    line: (at, out, spoilt) => [
      ...['train', '--task', 'x', '--train', dataFile(at, spoilt), '--model', at('model'), '--out', out],
      ...['--steps', '1', '--virtual-tokens', '2', '--threads', '1'],
    ],
  },
  evaluate: {
    spoils: ['prompt', 'model', 'data'],
    line: (at, _, spoilt) => ['evaluate', at('prompt'), '--model', at('model'), '--threads', '1', '--data', dataFile(at, spoilt)],
  },
  classify: {
    spoils: ['prompt', 'model'],
    line: (at, out) => ['classify', at('prompt'), 'a text', '--model', at('model'), '--threads', '1', '--out', `${out}.csv`],
  },
  publish: {
    spoils: ['prompt', 'model'],
    line: (at, out) => ['publish', at('prompt'), '--model', at('model'), '--persist-to', out, '--config', join(root, 'wrangler.toml')],
  },
  adopt: {
    spoils: ['peft', 'model'],
    line: (at, out) => ['adopt', at('peft'), '--task', 'x', '--model', at('model'), '--out', out, ...labels],
  },
}

/** Writes the inputs, all of them right, to a folder each in `directory`. */
export async function writeInputs(directory: string): Promise<void> {
  const checkpoint = join(root, 'test/reference/gqa-tied')
  const at = (input: Input) => join(directory, input)
  writeCheckpoint(at('checkpoint'), checkpoint)
  writeCheckpoint(at('shards'), checkpoint, { shards: 2 })
  const card = await importModel(checkpoint, { out: at('model'), weights: 'int8' })
  const named = [
    { label: 'fruit', verbalizer: 'fruit', token: 30 },
    { label: 'metal', verbalizer: 'metal', token: 31 },
  ]
  await writeRandomPrompt(at('prompt'), card, { task: 'x', card: { labels: named } })
  cpSync(join(root, 'test/reference/peft/gqa-tied-prefix'), at('peft'), { recursive: true })
  mkdirSync(at('data'))
  writeFileSync(join(at('data'), 'train.jsonl'), linesOf(examplesOfTwoKinds))
  writeFileSync(join(at('data'), 'train.csv'), quotedCsv(examplesOfTwoKinds))
}

/** The cards of packages, by their inputs. */
const cards: Partial<Record<Input, string>> = { model: 'model.json', prompt: 'prompt.json' }

/** Whether a file is held against the hash on its package's card. */
export function isDescribed(input: Input, file: string): boolean {
  return input in cards && cards[input] !== file
}

/** Writes the spoilt file's own hash on the card, so that it is the file itself that is read. */
export function describe(folder: string, input: Input, file: string): void {
  const path = join(folder, cards[input] as string)
  const card = JSON.parse(readFileSync(path, 'utf8'))
  const bytes = readFileSync(join(folder, file))
  card.files[file] = { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
  writeFileSync(path, cardText(card))
}

/** Whether a file can be read to have its hash taken. */
export function isPlain(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false })
  return (found?.isFile() ?? false) && (found?.size ?? 0) < 2 ** 26
}

/** What a folder holds, with sizes and times of change: equal before and after where nothing was written. */
export function listed(directory: string): string {
  const names = existsSync(directory) ? readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort() : []
  return names
    .map((name) => {
      const found = lstatSync(join(directory, name), { bigint: true })
      return `${name} ${found.size} ${found.mtimeNs}`
    })
    .join('\n')
}
