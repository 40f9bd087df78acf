import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { checkCommand } from '../../../../trainer/cli/commands/check.ts'
import { trainCommand } from '../../../../trainer/cli/commands/train.ts'
import { examplesOfTwoKinds, linesOf, quotedCsv } from '../../../fixtures/examples.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'
import { root } from '../../../fixtures/root.ts'
import { runInProcess } from '../../../fixtures/run-in-process.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const run = (...args: string[]) => runInProcess([checkCommand, trainCommand], ...args)

beforeAll(() => {
  writeFileSync(at('train.jsonl'), linesOf(examplesOfTwoKinds))
  writeFileSync(at('test.csv'), quotedCsv(examplesOfTwoKinds))
  writeFileSync(at('other.jsonl'), linesOf([{ text: 'apple', label: 'Fruit' }, { text: 'x '.repeat(1000), label: 'fruit' }])) // biome-ignore format: one thought
})

test('a folder is checked with all its splits', async () => {
  const { code, stdout, stderr } = await run('check', 'examples/support-routing')
  expect(code, stderr).toBe(0)
  expect(stdout).toMatch(
    /^train: 512 examples of 8 labels \("\w+" 64 to "\w+" 64\) in examples\/support-routing; texts of \d+ characters in the median, at most \d+, rows of \d+ tokens, at most \d+\.\ndev: 104 .*\ntest: 152 .*\n0 problems and 0 warnings\.\n$/,
  )
})

test('files are checked as what their names say, or as the options do', async () => {
  const named = await run('check', at('train.jsonl'), at('test.csv'), '--json')
  expect(named.code, named.stderr).toBe(0)
  expect(named.json).toMatchObject({ ok: true, findings: [], splits: { train: { examples: 24 }, test: { examples: 24 } } })
  const said = await run('check', at('train.jsonl'), '--dev', at('other.jsonl'), '--json')
  expect(said.code).toBe(1)
  expect(said.json.ok).toBe(false)
  expect(said.json.findings.map(({ check }: { check: string }) => check)).toEqual(['labelSets', 'labelSpelling', 'cutTexts', 'labelSets'])
})

test('a dev file that is the training file ends with code 1; training warns loudly, before the model is opened', async () => {
  const splits = ['--train', at('train.jsonl'), '--dev', at('train.jsonl')]
  const { code, stdout } = await run('check', ...splits)
  expect(code).toBe(1)
  expect(stdout).toMatch(
    /^Problem: dev shares all its 24 texts with train, such as "I bought some apple": .*\n1 problem and 0 warnings\.$/m,
  )

  mkdirSync(at('broken'))
  const trained = await run('train', '--task', 'kind', ...splits, '--model', at('broken'), '--out', at('out'))
  expect(trained.code).toBe(1)
  expect(trained.stderr).toMatch(
    /^train: 24 examples of 2 labels \("fruit" 12, "metal" 12\) in .*\n.*\nProblem: dev shares all its 24 texts/m,
  )
  expect(trained.stderr).toMatch(/Cannot open model/)
})

test('template, row length and words are those of training', async () => {
  const short = await run('check', at('train.jsonl'), '--max-tokens', '6', '--template', 'It is {text}', '--verbalizers', 'fruit=x,metal=x', '--json') // biome-ignore format: one thought
  expect(short.json.findings).toEqual([
    { check: 'cutTexts', level: 'warning', count: 24, message: expect.stringMatching(/^rows of 6 tokens cut off the end of 24 of the 24 texts/) }, // biome-ignore format: a table
    { check: 'labelWords', level: 'warning', count: 1, message: expect.stringMatching(/"fruit", "metal" have the same words/) },
  ])
  expect(short.json.splits.train.tokens.longest).toBe(6)
})

test('a Parquet file is checked, and its columns may have other names', async () => {
  copyFileSync(join(root, 'test/reference/parquet/more-columns.parquet'), at('train.parquet'))
  const { code, json, stderr } = await run('check', at('train.parquet'), '--label-column', 'id', '--json')
  expect(code, stderr).toBe(0)
  expect(json.splits.train).toMatchObject({ examples: 40 })
  expect(json.splits.train.labels).toHaveLength(40)
})

test.each([
  [[], /There is nothing to check: name files or a folder, or --train FILE/],
  [['a.csv', 'b.csv'], /Cannot check both a\.csv and b\.csv as train: say with --train, --dev and --test which is which/],
  [['--train', 'a.csv', 'train.csv'], /Cannot check both a\.csv and train\.csv as train/],
  [['a.csv', '--text-column', 'x', '--label-column', 'X'], /must name two different columns/],
  [['train.csv', '--max-tokens', 'many'], /max-tokens.*must be a whole number/],
  [[at('train.jsonl'), '--max-tokens', '2'], /Cannot use template .*Shorten it/],
])('wrong use ends with code 2: check %s', async (args, message) => {
  const { code, stderr } = await run('check', ...args)
  expect(stderr).toMatch(message)
  expect(code).toBe(2)
})

test('examples that can’t be read end with code 1, by file and line', async () => {
  writeFileSync(at('bad.csv'), 'text,label\none,\n')
  expect(await run('check', at('bad.csv'))).toMatchObject({ code: 1, stderr: expect.stringMatching(/bad\.csv, line 2: field label is empty/) }) // biome-ignore format: one thought
})
