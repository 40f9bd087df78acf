import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { importCommand } from '../../../../trainer/cli/commands/import.ts'
import { writePromptFolder } from '../../../../trainer/disk/prompt-folder.ts'
import { openModel } from '../../../../trainer/import/open-model.ts'
import { examplesOfTwoKinds, linesOf } from '../../../fixtures/examples.ts'
import { imported, temporaryFolder } from '../../../fixtures/imported-model.ts'
import { randomPrompt, twoLabels } from '../../../fixtures/random-prompt.ts'
import { checkpointOf } from '../../../fixtures/reference.ts'
import { runInProcess } from '../../../fixtures/run-in-process.ts'
import { writeSmallBert } from '../../../fixtures/small-bert.ts'
import { writeSmallLlama } from '../../../fixtures/small-llama.ts'

const folder = temporaryFolder()
const checkpoint = checkpointOf('gqa-tied')
const out = (name: string) => join(folder, name)
const run = (...args: string[]) => runInProcess([importCommand], 'import', ...args)

test('import makes a package, prints an object and exits with 0', async () => {
  const described = ['--name', 'tiny', '--licence', 'MIT', '--source', 'made for a test', '--bos', 'never']
  const { code, stdout, stderr, json } = await run(checkpoint, '--out', out('tiny'), '--weights', 'float32', ...described, '--json')
  expect(stderr).toMatch(/importing .*gqa-tied/)
  expect(code).toBe(0)
  const { card, directory } = openModel(out('tiny'))
  expect(card).toMatchObject({ name: 'tiny', weights: 'float32', licence: 'MIT', source: 'made for a test', tokens: { before: [] } })
  const { baseHash, sizes, tokens } = card
  const bytes = readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0)
  expect(json).toEqual({ out: out('tiny'), name: 'tiny', weights: 'float32', bytes, fitsWorker: true, baseHash, sizes, tokens })
  expect(stdout).toBe(`${JSON.stringify(json)}\n`)
})

test('import tells people what it made, int8 where nothing else is said', async () => {
  const { code, stdout } = await run(checkpoint, '--out', out('told'))
  expect(code).toBe(0)
  const { card } = openModel(out('told'))
  expect(card).toMatchObject({ name: 'gqa-tied', weights: 'int8', tokens: { before: [0] } })
  expect(stdout).toContain('model gqa-tied, int8 weights, ')
  expect(stdout).toContain('vocabulary 300  hidden 32  layers 2  heads 4 of 8 (2 for keys and values)  context 128')
  expect(stdout).toContain(`base ${card.baseHash}`)
  expect(stdout).toContain('\nfits a Worker\n')
})

test('import of a format for browsers says how it is published, and not that it fits a Worker', async () => {
  const llama = out('llama')
  writeSmallLlama(llama)
  const { code, stdout } = await run(llama, '--out', out('q8'), '--weights', 'q8')
  expect(code).toBe(0)
  expect(stdout).toContain('\nfor browsers with WebGPU: publish --formats int8,q8 adds it to what a Worker serves\n')
  expect(stdout).not.toContain('Next:')
  expect((await run(llama, '--out', out('q4'), '--weights', 'q4', '--json')).json).toMatchObject({ weights: 'q4', fitsWorker: false })
})

test('import replaces a package only where it is told to, and says so before it reads the checkpoint', async () => {
  await run(checkpoint, '--out', out('kept'))
  const before = openModel(out('kept')).card
  const { code, stderr } = await run(out('nowhere'), '--out', out('kept'))
  expect(code).toBe(2)
  expect(stderr).toMatch(/it holds model "gqa-tied" in int8, written 2.*Add --force .*--out .*kept-2$/m)
  expect(openModel(out('kept')).card).toEqual(before)
  expect((await run(checkpoint, '--out', out('kept'), '--name', 'newer', '--force')).code).toBe(0)
  expect(openModel(out('kept')).card.name).toBe('newer')
})

test('import says what it puts around a text', async () => {
  expect((await run(checkpointOf('minilm-st'), '--out', out('around'))).stdout).toContain('\na text is read as 2 <text> 3\n')
  expect((await run(checkpoint, '--out', out('before'))).stdout).toContain('\na text begins with token 0\n')
  expect((await run(checkpoint, '--out', out('bare'), '--bos', 'never')).stdout).toContain('\na text begins with its own first token\n')
})

/** The checkpoint of a BERT whose texts sentence-transformers reads with more around them than is read here. */
function writeWorded(directory: string): void {
  writeSmallBert(directory)
  const file = join(directory, 'tokenizer.json')
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), post_processor: null }))
  const modules = ['Transformer', 'Pooling'].map((type, index) => ({ path: index === 0 ? '' : '1_Pooling', type }))
  writeFileSync(join(directory, 'modules.json'), JSON.stringify(modules))
  mkdirSync(join(directory, '1_Pooling'))
  writeFileSync(join(directory, '1_Pooling', 'config.json'), '{"pooling_mode": "mean"}')
  const words = { prompts: { query: 'query: ' }, default_prompt_name: 'query' }
  writeFileSync(join(directory, 'config_sentence_transformers.json'), JSON.stringify(words))
}

test('import warns of what a checkpoint puts around a text and is not put there, a report of it once', async () => {
  const [worded, examples] = [out('worded'), out('worded.jsonl')]
  writeWorded(worded)
  writeFileSync(examples, linesOf(examplesOfTwoKinds.slice(0, 20)))
  for (const rest of [
    ['--out', out('worded-model')],
    ['--report', examples],
  ]) {
    const { code, stderr } = await run(worded, ...rest)
    expect(code, stderr).toBe(0)
    expect(stderr.match(/^Warning: .*$/gm)).toEqual([
      expect.stringMatching(/no post_processor that puts tokens around a text/),
      expect.stringMatching(/train with --template "query: \{text\}"/),
    ])
  }
})

describe('import --report', () => {
  const bert = out('bert')
  const examples = out('examples.jsonl')
  writeSmallBert(bert)
  writeFileSync(examples, linesOf(examplesOfTwoKinds.slice(0, 20)))

  test('measures every weight format on examples, float32 first, and writes no package', async () => {
    const before = readdirSync(folder)
    const { code, stderr, json } = await run(bert, '--report', examples, '--json')
    expect([code, stderr]).toEqual([0, expect.stringContaining('in each weight format on 20 texts; nothing is kept')])
    expect(json).toMatchObject({ checkpoint: bert, texts: 20, file: examples, prompt: null, against: 'float32' })
    const formats: { weights: string; bytes: number; wasmBytes: number; sameLabels: number; difference: number }[] = json.formats
    expect(formats.map(({ weights }) => weights)).toEqual(['float32', 'int8', 'q4', 'q8'])
    const [float32, int8, q4, q8] = formats as [(typeof formats)[0], (typeof formats)[0], (typeof formats)[0], (typeof formats)[0]]
    expect(float32).toMatchObject({ sameLabels: 1, margin: null, difference: 0, places: ['a Worker', 'a browser (WASM)', 'Node'] })
    expect(q8).toMatchObject({ nativeMs: expect.any(Number), wasmMs: expect.any(Number), places: ['a browser (WebGPU)', 'Node'] })
    expect(q4.bytes).toBeLessThan(q8.bytes)
    expect(q8.bytes).toBeLessThan(float32.bytes)
    expect(q8.difference).toBeGreaterThan(0)
    expect(q8.difference).toBeLessThan(q4.difference)
    expect(int8.difference).toBeGreaterThan(0)
    for (const { bytes, wasmBytes } of formats) expect(wasmBytes).toBeGreaterThan(bytes / 2)
    expect(readdirSync(folder)).toEqual(before)
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('softprompt-formats-'))).toEqual([])
  })

  test('says of a format why the checkpoint cannot be kept so, and takes a prompt in place of the words', async () => {
    const tanh = checkpointOf('bert-tanh') // its rows are no multiples of 32
    const { directory, card } = await imported(tanh, 'int8', folder)
    const labels = twoLabels.map((label, token) => ({ ...label, token }))
    const prompt = await randomPrompt(card, { task: 'two', card: { kind: 'prefix', labels, template: '{text}', maxTokens: 16 } })
    await writePromptFolder(out('prompt'), prompt, directory)
    const { code, stdout } = await run(tanh, '--report', examples, '--prompt', out('prompt'))
    expect(code).toBe(0)
    expect((await run(tanh, '--report', examples, '--prompt', out('prompt'), '--against', 'int8')).stdout).toMatch(
      /^FORMAT.*\nint8 .* 100\.0 % /,
    )
    expect(stdout).toMatch(
      /^FORMAT +SIZE +WASM MEMORY +SAME LABELS +MARGIN +FARTHEST +NATIVE +WASM +FITS\nfloat32 .* 100\.0 % +– +0\.0000 .* ms .* Node\nint8 /,
    )
    expect(stdout).toMatch(/\nq8 +–.*\nq4: Cannot store .*\nq8: Cannot store .* with q8 weights: its rows have 30 numbers/)
    expect(stdout).toContain(`SAME LABELS is the share of 20 texts, answered by prompt ${out('prompt')}, with the label that float32 gives`)
  })
})

test('import --help explains every option', async () => {
  const { code, stdout } = await run('--help')
  expect(code).toBe(0)
  for (const option of [
    '<dir>',
    '--out',
    '--weights',
    '--name',
    '--bos',
    '--licence',
    '--source',
    '--report',
    '--prompt',
    '--against',
    '--json',
  ])
    expect(stdout).toContain(option)
})

test.each<[string, string[], number, string, RegExp]>([
  ['without --out', [checkpoint], 2, 'usage', /--out has to name the folder to write, or --report a file of examples/],
  [
    'with a prompt and no report',
    [checkpoint, '--out', out('not'), '--prompt', 'runs/x'],
    2,
    'usage',
    /Cannot use --prompt without --report/,
  ],
  ['with a report and --weights', [checkpoint, '--weights', 'q8', '--report'], 2, 'usage', /Cannot use --weights with --report/],
  [
    'with --text-column alone',
    [checkpoint, '--out', out('not'), '--text-column', 'x'],
    2,
    'usage',
    /Cannot use --text-column without --report/,
  ],
  ['with a report and --out', [checkpoint, '--out', out('not'), '--report'], 2, 'usage', /Cannot use --out with --report/],
  ['with a report on a file that is not there', [checkpoint, '--report', out('no.jsonl')], 1, 'invalid_data', /there is no such file/],
  [
    'with weights of a format that there is not',
    [checkpoint, '--out', out('not'), '--weights', 'int4'],
    2,
    'usage',
    /Allowed choices are float32, int8/,
  ],
  ['over something else', [checkpoint, '--out', out('mine')], 2, 'usage', /a file is there/],
  [
    'with --bos for a BERT',
    [checkpointOf('bert-exact'), '--out', out('not'), '--bos', 'never'],
    2,
    'usage',
    /Cannot choose the token before a text with --bos for .*bert-exact/,
  ],
  [
    "with a model of the Hub's name",
    ['owner/some-model', '--out', out('not')],
    1,
    'invalid_model',
    /there is no such folder\. .*: hf download owner\/some-model --local-dir some-model \(.*Then import the folder some-model\./,
  ],
  ['without a checkpoint', [out('nowhere'), '--out', out('not')], 1, 'invalid_model', /there is no such folder/],
])('import fails clearly %s', async (_, args, exit, errorCode, message) => {
  writeFileSync(out('mine'), 'mine')
  const before = readdirSync(folder)
  const { code, json, stderr } = await run(...args, '--json')
  expect(json).toEqual({ error: { code: errorCode, message: expect.stringMatching(message) } })
  expect(stderr).toMatch(message)
  expect(stderr).not.toMatch(/^ +at /m) // a message, no stack
  expect(code).toBe(exit)
  expect(readdirSync(folder)).toEqual(before)
})
