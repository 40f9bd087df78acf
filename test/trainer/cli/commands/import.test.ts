import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { importCommand } from '../../../../trainer/cli/commands/import.ts'
import { openModel } from '../../../../trainer/import/open-model.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'
import { checkpointOf } from '../../../fixtures/reference.ts'
import { runInProcess } from '../../../fixtures/run-in-process.ts'

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

test('import --help explains every option', async () => {
  const { code, stdout } = await run('--help')
  expect(code).toBe(0)
  for (const option of ['<dir>', '--out', '--weights', '--name', '--bos', '--licence', '--source', '--json'])
    expect(stdout).toContain(option)
})

test.each<[string, string[], number, string, RegExp]>([
  ['without --out', [checkpoint], 2, 'usage', /required option '--out <dir>'/],
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
