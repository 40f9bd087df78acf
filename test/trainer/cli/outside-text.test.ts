import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { checkCard } from '../../../shared/formats/card.ts'
import { ModelCard } from '../../../shared/formats/model-card.ts'
import { readAdapterConfig } from '../../../shared/formats/peft.ts'
import { PromptCard } from '../../../shared/formats/prompt-card.ts'
import { parsePromptCard } from '../../../shared/formats/prompt-package.ts'
import { parseLog } from '../../../shared/formats/task-pointer.ts'
import { columns } from '../../../trainer/cli/columns.ts'
import { run } from '../../../trainer/cli/command.ts'
import { readExamples } from '../../../trainer/data/dataset.ts'
import { nameOfLabel } from '../../../trainer/data/label-names.ts'
import { labelsOf, verbalize } from '../../../trainer/data/labels.ts'
import { checkOutput } from '../../../trainer/disk/replace-folder.ts'
import { confusionTable } from '../../../trainer/evaluate/report/confusion.ts'
import { rightForTraining } from '../../../trainer/evaluate/right-answers.ts'
import { openModel } from '../../../trainer/import/open-model.ts'
import { openSource } from '../../../trainer/import/source.ts'
import { imported, temporaryFolder } from '../../fixtures/imported-model.ts'
import { checkpointOf } from '../../fixtures/reference.ts'
import { logOf } from '../../fixtures/upload.ts'
import { changeConfig, safetensors, storedTensors, withHeader } from '../../fixtures/written-checkpoint.ts'

const folder = temporaryFolder()
/** What would clear a terminal, forge a line, turn the reading around, and fill the screen. */
const commands = '\x1b[2J\x1b]0;title\x07\r\nsoftprompt: all is well\x7f\x9b31m\u202egnp\u2066\u2028\u200f'
const hostile = `${commands}${'x'.repeat(100_000)}${commands}`
const quoted = JSON.stringify(hostile)
/** What one message may take: the names of a few things, each cut, and its own words. */
const maxMessage = 1500

afterEach(() => void vi.restoreAllMocks())

/** All that a terminal is sent while `action` runs as a command. */
async function sent(json: boolean, action: () => unknown): Promise<string> {
  let all = ''
  for (const stream of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      all += text
      return true
    })
  }
  const before = process.exitCode
  await run(json, async ({ log }) => {
    const told = await action()
    for (const line of Array.isArray(told) ? told : [told]) log(`Warning: ${line}`)
    return { json: { told }, text: 'done' }
  })
  process.exitCode = before
  vi.restoreAllMocks()
  return all
}

const write = (name: string, content: string | Uint8Array) => {
  const file = join(mkdtempSync(join(folder, 'files-')), name)
  writeFileSync(file, content)
  return file
}

/** The source of a checkpoint that `change` was done to. */
function source(change: (directory: string) => void, from = 'gqa-tied'): void {
  const directory = mkdtempSync(join(folder, 'checkpoint-'))
  cpSync(checkpointOf(from), directory, { recursive: true })
  change(directory)
  openSource(directory).checkpoint.close()
}

const changeJson = (directory: string, name: string, changes: object) =>
  writeFileSync(join(directory, name), JSON.stringify({ ...JSON.parse(readFileSync(join(directory, name), 'utf8')), ...changes }))
const tokenizer = (changes: object) => source((directory) => changeJson(directory, 'tokenizer.json', changes), 'minilm-st')
const weights = (bytes: Uint8Array) => source((directory) => writeFileSync(join(directory, 'model.safetensors'), bytes))
const sound = { dtype: 'F32', shape: [1], data_offsets: [0, 4] }
const header = (entries: object) => weights(withHeader(JSON.stringify(entries), new Uint8Array(4)))
const examples = (name: string, content: string, columns = { text: 'text', label: 'label' }) =>
  readExamples(write(name, content), { columns })
const utf8 = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))

const sha256 = 'a'.repeat(64)
const soundVersion = { prompt: sha256, base: sha256, models: { int8: sha256 } }
const withNewest = (changed: object) => {
  const { events, ...rest } = logOf(soundVersion)
  return { ...rest, events: events.map((event) => ({ ...event, ...changed })) }
}

const refused: Record<string, [string, () => unknown][]> = {
  'a safetensors file': [
    ['a tensor that belongs to no model', () => weights(safetensors(new Map([...storedTensors(checkpointOf('gqa-tied')), [hostile, { dtype: 'F32', shape: [1], bytes: new Uint8Array(4) }]])))], // biome-ignore format: a row
    ['a tensor whose entry is malformed', () => header({ [hostile]: 7 })],
    ['a tensor of another size', () => header({ [hostile]: { ...sound, shape: [2] } })],
    ['a type', () => header({ a: { ...sound, dtype: hostile } })],
    ['a header that is cut', () => weights(withHeader(`{${quoted}`, new Uint8Array(4)))],
  ],
  'the index of shards': [
    ['a shard', () => source((directory) => shards(directory, { a: `${'x'.repeat(1000)}.safetensors` }))],
    ['a tensor', () => source((directory) => shards(directory, { [hostile]: 'not a file' }))],
  ],
  'config.json': [
    ['a model_type', () => source((directory) => changeConfig(directory, { model_type: hostile }))],
    ['an activation', () => source((directory) => changeConfig(directory, { hidden_act: hostile }))],
    ['a layer type', () => source((directory) => changeConfig(directory, { layer_types: [hostile] }))],
    ['a window', () => source((directory) => changeConfig(directory, { sliding_window: hostile }))],
    ['a field of RoPE', () => source((directory) => changeConfig(directory, { rope_parameters: { rope_type: 'linear', factor: 2, [hostile]: 1 } }))], // biome-ignore format: a row
    ['a type of RoPE', () => source((directory) => changeConfig(directory, { rope_parameters: { rope_type: hostile } }))],
    ['JSON that is cut', () => source((directory) => writeFileSync(join(directory, 'config.json'), `{${quoted}`))],
  ],
  'tokenizer.json': [
    ['a regular expression', () => tokenizer({ pre_tokenizer: { type: 'Split', pattern: { Regex: hostile } } })],
    ['a step', () => tokenizer({ pre_tokenizer: { type: hostile } })],
    ['a replacement', () => tokenizer({ normalizer: { type: 'Replace', pattern: { String: 'a' }, content: `$&${hostile}` } })],
    ['a model', () => tokenizer({ model: { type: hostile, vocab: {} } })],
    ['a token', () => tokenizer({ model: { type: 'WordPiece', vocab: { [hostile]: -1 }, unk_token: '[UNK]' } })],
    ['a post-processor', () => tokenizer({ post_processor: { type: hostile } })],
    ['a special token', () => tokenizer({ post_processor: { type: 'TemplateProcessing', single: [{ SpecialToken: { id: hostile } }, { Sequence: { id: 'A' } }], special_tokens: {} } })], // biome-ignore format: a row
    ['the ids of a special token', () => tokenizer({ post_processor: { type: 'TemplateProcessing', single: [], special_tokens: { [hostile]: 1 } } })], // biome-ignore format: a row
    ['JSON that is cut', () => source((directory) => writeFileSync(join(directory, 'tokenizer.json'), `[${quoted}`))],
  ],
  'modules.json': [
    ['a folder', () => modules([{ path: hostile, type: 'Pooling' }])],
    ['a long folder', () => modules([{ path: 'x'.repeat(100_000), type: 'Pooling' }])],
    ['a module', () => modules([{ path: '', type: hostile }])],
    ['a pooling', () => source((directory) => writeFileSync(join(directory, '1_Pooling', 'config.json'), JSON.stringify({ pooling_mode: hostile })), 'minilm-st')], // biome-ignore format: a row
    ['poolings', () => source((directory) => writeFileSync(join(directory, '1_Pooling', 'config.json'), JSON.stringify({ [`pooling_mode_${hostile}`]: true, pooling_mode_b: true })), 'minilm-st')], // biome-ignore format: a row
  ],
  'a file of examples': [
    ['a line that is no JSON', () => examples('a.jsonl', `{${quoted}`)],
    ['a record that is none', () => examples('a.jsonl', quoted)],
    ['fields', () => examples('a.jsonl', `{${quoted}: 1}`)],
    ['a text that is none', () => examples('a.jsonl', `{"text": [${quoted}], "label": "a"}`)],
    ['a label that is none', () => examples('a.jsonl', `{"text": "a", "label": [[${quoted}]]}`)],
    ['a probability that is none', () => examples('a.jsonl', `{"text": "a", "label": {${quoted}: ${quoted}}}`)],
    ['a list of labels that names one twice', () => examples('a.jsonl', `{"text": "a", "labels": [${quoted}, ${quoted}]}`)],
    ['a column that is asked for', () => examples('a.jsonl', '{"label": "a"}', { text: hostile, label: 'label' })],
    ['an array that is cut', () => examples('a.json', `[${quoted}`)],
    ['the columns of CSV', () => examples('a.csv', `"${hostile}",label\n`)],
    ['a column of CSV that is asked for', () => examples('a.csv', 'text,label\n', { text: hostile, label: 'label' })],
    ['cells of CSV', () => examples('a.csv', `text,label\n"${hostile}"x,a\n`)],
    ['the columns of TSV', () => examples('a.tsv', `${hostile.replaceAll(/[\r\n]/g, '')}\tlabel\n`)],
    [
      'the columns of Parquet that are asked for',
      () => readExamples('test/reference/parquet/snappy.parquet', { columns: { text: hostile, label: 'label' } }),
    ],
    ['a folder of files', () => readExamples(folderWith(`${commands.replaceAll('/', '')}`))],
    ['the name of a label', () => nameOfLabel(hostile, [`a${hostile}`], 'a')],
    ['one label alone', () => labelsOf({ file: 'a', sha256: '', examples: [{ text: 'a', label: hostile }] })],
    ['a label without a token', () => verbalize([hostile], {}, () => [])],
    [
      'a label that the package has not',
      () => rightForTraining({ file: 'a', sha256: '', examples: [{ text: 'a', label: `b${hostile}` }] }, [hostile], false),
    ],
  ],
  'model.json': [
    ['a version', () => checkCard(ModelCard, { format: 'softprompt-model', version: hostile }, 'model.json', 'invalid_model')],
    ['JSON that is cut', async () => model((_, directory) => writeFileSync(join(directory, 'model.json'), `{${quoted}`))],
    ['weights', async () => model((card, directory) => writeFileSync(join(directory, 'model.json'), JSON.stringify({ ...card, weights: hostile })))], // biome-ignore format: a row
    ['a table', async () => model((card, directory) => writeFileSync(join(directory, 'model.json'), JSON.stringify({ ...card, tables: { ...card.tables, input: { name: hostile.slice(0, 256), layout: 'rows' } } }))).then((opened) => opened.inputRows([1]))], // biome-ignore format: a row
  ],
  'prompt.json': [
    ['a kind', () => parsePromptCard(utf8({ format: 'softprompt-prompt', version: 2, task: 'a', kind: hostile }), 'a')],
    ['a metric', () => checkCard(PromptCard.pick({ metrics: true }), { metrics: { [hostile]: 'high' } }, 'prompt.json', 'invalid_prompt')],
    ['JSON that is cut', () => parsePromptCard(utf8(`{${quoted}`), 'a')],
  ],
  "PEFT's adapter_config.json": [
    ['a type', () => readAdapterConfig(utf8({ peft_type: hostile, num_virtual_tokens: 1 }), 'CAUSAL_LM', 'a')],
    ['a task', () => readAdapterConfig(utf8({ peft_type: 'PROMPT_TUNING', num_virtual_tokens: 1, task_type: hostile }), 'CAUSAL_LM', 'a')],
    ['modules', () => readAdapterConfig(utf8({ peft_type: 'PROMPT_TUNING', num_virtual_tokens: 1, modules_to_save: [hostile] }), 'CAUSAL_LM', 'a')], // biome-ignore format: a row
  ],
  "a task's pointer": [
    ['a version', () => parseLog(utf8({ format: 'softprompt-task', version: hostile }), 'a')],
    ['a weight format', () => parseLog(utf8(logOf({ ...soundVersion, models: { [hostile]: sha256 } })), 'a')],
    ['a hash', () => parseLog(utf8(logOf({ ...soundVersion, prompt: hostile })), 'a')],
    ['a time', () => parseLog(utf8(withNewest({ when: hostile })), 'a')],
    ['a command', () => parseLog(utf8(withNewest({ by: hostile })), 'a')],
    ['JSON that is cut', () => parseLog(utf8(`{${quoted}`), 'a')],
  ],
  'the name of a file': [
    ['in a folder that would be lost', () => checkOutput(folderWith(`${commands.replaceAll('/', '')}`), { what: 'a package', files: [], card: 'a' })], // biome-ignore format: a row
    ['that is not there', () => readExamples(join(folder, `${commands}.csv`))],
    ['that is no checkpoint', () => openSource(join(folder, commands))],
  ],
}

function shards(directory: string, map: Record<string, string>): void {
  rmSync(join(directory, 'model.safetensors'))
  writeFileSync(join(directory, 'model.safetensors.index.json'), JSON.stringify({ weight_map: map }))
}

function modules(list: readonly object[]): void {
  source((directory) => writeFileSync(join(directory, 'modules.json'), JSON.stringify(list)), 'minilm-st')
}

/** A package, opened after `change`. */
async function model(change: (card: ModelCard, directory: string) => void) {
  const { card, directory } = await imported(checkpointOf('gqa-tied'), 'int8', mkdtempSync(join(folder, 'package-')))
  change(card, directory)
  return openModel(directory)
}

function folderWith(name: string): string {
  const directory = mkdtempSync(join(folder, 'folder-'))
  mkdirSync(join(directory, name))
  return directory
}

/** What a terminal would obey, besides the ends of lines. */
const obeyed = /[^\P{Cc}\n]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u

describe.each(Object.entries(refused))('%s that holds commands to a terminal and 100,000 characters', (_, cases) => {
  test.each(cases)('in %s is refused in a short line that commands nothing', async (_, action) => {
    const told = await sent(false, action)
    expect(told).toMatch(/^softprompt: (Cannot|The) .*\n$/) // a line, and so a message without a stack
    expect(told).not.toMatch(obeyed)
    expect(told.length).toBeLessThan(maxMessage)

    const [line = '', object = '', ...rest] = (await sent(true, action)).split('\n')
    expect(`${line}\n`).toMatch(/^softprompt: (Cannot|The) /)
    expect(object).not.toMatch(obeyed)
    expect(JSON.parse(object)).toMatchObject({ error: { code: expect.any(String) } })
    expect(object.length).toBeLessThan(2 * maxMessage)
    expect(rest).toEqual([''])
  })
})

test('what a command tells, prints and shows of outside text commands nothing', async () => {
  expect(await sent(false, () => [commands, `${commands}b`])).not.toMatch(obeyed)
  expect((await sent(false, () => commands)).split('\n')).toHaveLength(3) // the warning, the result, the end
  const json = await sent(true, () => commands)
  expect(json).not.toMatch(obeyed)
  expect(JSON.parse(json.split('\n')[1]!)).toEqual({ told: commands })
  expect(columns(['A', 'B'], [[commands, 'b']])).not.toMatch(obeyed)
  expect(columns(['A', 'B'], [[commands, 'b']]).split('\n')).toHaveLength(2)
  expect(confusionTable([[1, 2], [3, 4]], [commands, 'b'])).not.toMatch(obeyed) // biome-ignore format: a table
})

test('a failure of the program itself is told with its stack, bounded, and commands nothing', async () => {
  const told = await sent(false, () => {
    throw new Error(hostile)
  })
  expect(told).not.toMatch(obeyed)
  expect(told.length).toBeLessThan(11_000)
})
