import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { evaluateCommand } from '../../../../trainer/cli/commands/evaluate.ts'
import { trainCommand } from '../../../../trainer/cli/commands/train.ts'
import { examplesOfTwoKinds, linesOf, quotedCsv } from '../../../fixtures/examples.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'
import { runInProcess } from '../../../fixtures/run-in-process.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const run = (...args: string[]) => runInProcess([trainCommand, evaluateCommand], ...args)
const quick = ['--steps', '4', '--evaluate-every', '2', '--virtual-tokens', '4', '--threads', '1', '--no-probe']

beforeAll(() => {
  writeFileSync(at('train.jsonl'), linesOf(examplesOfTwoKinds))
  writeFileSync(at('test.csv'), quotedCsv(examplesOfTwoKinds))
  mkdirSync(at('kept.checkpoint'))
})

test('train learns a package, with a part of the examples held out, that evaluate measures', async () => {
  const trained = await run('train', '--task', 'kind', '--train', at('train.jsonl'), '--out', at('kind'), ...quick, '--json')
  expect(trained.code, trained.stderr).toBe(0)
  expect(trained.json).toMatchObject({ task: 'kind', steps: 4, dev: { majority: 0.5 }, package: at('kind') })
  expect(trained.stderr).toMatch(
    /^Learning kind by method prefix through models\/default; the optimizer runs on TensorFlow\.js's \w+ backend\.$/m,
  )
  expect(trained.stderr).toMatch(/^step 2 of 4: train loss .*; dev accuracy/m)
  const { verdict } = trained.json as { verdict: string[] }
  expect(verdict).toHaveLength(3)
  expect(verdict[0]).toMatch(/^On dev: accuracy /)
  const card = JSON.parse(readFileSync(at('kind/prompt.json'), 'utf8'))
  expect(card).toMatchObject({ virtualTokens: 4, data: { train: { examples: 20 }, dev: { examples: 4 } } })

  const evaluated = await run('evaluate', at('kind'), '--data', at('test.csv'), '--json')
  expect(evaluated.code, evaluated.stderr).toBe(0)
  const { confusion, accuracy, labels } = evaluated.json as { confusion: number[][]; accuracy: number; labels: string[] }
  expect(labels).toEqual(['fruit', 'metal'])
  expect(confusion.flat().reduce((a, b) => a + b)).toBe(24)
  expect(accuracy).toBeCloseTo((confusion[0]![0]! + confusion[1]![1]!) / 24)
})

test('train replaces a package only where it is told to, and says so before it reads the examples', async () => {
  const from = (file: string) => ['train', '--task', 'twice', '--train', at(file), '--out', at('twice'), ...quick]
  const args = from('train.jsonl')
  expect((await run(...args)).code).toBe(0)
  const before = readFileSync(at('twice/prompt.json'), 'utf8')
  const { code, stderr } = await run(...from('nowhere.jsonl'))
  expect(code).toBe(2)
  expect(stderr).toMatch(
    /it holds a prompt for task twice \(on dev: accuracy \d\.\d+, loss \d\.\d+\), written 2.*--force.*--out .*twice-2$/m,
  )
  expect(readFileSync(at('twice/prompt.json'), 'utf8')).toBe(before)
  expect(await run(...args, '--resume')).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no checkpoint') })
  expect((await run(...args, '--seed', '7', '--force')).code).toBe(0)
  expect(readFileSync(at('twice/prompt.json'), 'utf8')).not.toBe(before)
})

test('train reads the columns that it is told, and labels that are numbers', async () => {
  const rows = examplesOfTwoKinds.map(({ text, label }) => ({ sentence: text, stars: label === 'fruit' ? 1 : 0 }))
  writeFileSync(at('stars.json'), JSON.stringify(rows, null, 2))
  const columns = ['--text-column', 'sentence', '--label-column', 'stars']
  const { code, stderr } = await run('train', '--task', 'stars', '--train', at('stars.json'), '--out', at('stars'), ...columns, ...quick)
  expect(code, stderr).toBe(0)
  expect(stderr).toMatch(/^Reading the labels in .*stars\.json as text, such as "1" for 1\.$/m)
  const card = JSON.parse(readFileSync(at('stars/prompt.json'), 'utf8'))
  expect(card.labels.map(({ label }: { label: string }) => label)).toEqual(['0', '1'])
  expect(card.settings).not.toHaveProperty('textColumn')
})

test('train takes the splits of a folder, and what was found in the examples is among the warnings', async () => {
  mkdirSync(at('set'))
  writeFileSync(at('set/train.jsonl'), linesOf(examplesOfTwoKinds))
  writeFileSync(at('set/validation.csv'), quotedCsv(examplesOfTwoKinds.slice(0, 13)))
  const folder = ['train', '--task', 'set', '--train', at('set'), ...quick, '--json']
  const { code, stderr, json } = await run(...folder, '--dev', at('set'), '--out', at('set-dev'))
  expect(code, stderr).toBe(0)
  expect(stderr).toMatch(/^train: 24 examples of 2 labels .*\ndev: 13 examples of 2 labels \("fruit" 12, "metal" 1\)/m)
  expect(stderr).not.toMatch(/which is not used/)
  expect(JSON.parse(readFileSync(at('set-dev/prompt.json'), 'utf8'))).toMatchObject({ data: { train: { examples: 24 }, dev: { examples: 13 } } }) // biome-ignore format: one thought

  writeFileSync(at('set/train.jsonl'), linesOf([...examplesOfTwoKinds, examplesOfTwoKinds[0]!]))
  const held = await run(...folder, '--out', at('set-held'))
  expect(held.stderr).toMatch(/set has a split for dev, which is not used: add --dev .*set to choose the best step by it\.$/m)
  expect(held.stderr).toMatch(/^Warning: train has one text more than once, such as "I bought some apple" \(2 times\)\.$/m)
  expect(held.json.warnings).toContainEqual(expect.stringMatching(/^train has one text more than once/))
  expect(json.warnings).not.toContainEqual(expect.stringMatching(/more than once/))

  const { code: failed, stderr: told } = await run('train', '--task', 'set', '--train', at('kind'), '--out', at('no'))
  expect(failed).toBe(1)
  expect(told).toMatch(/Cannot read .*kind: /)
})

test('the data’s mistakes end with code 1, name file and line, and print no stack', async () => {
  writeFileSync(at('bad.jsonl'), '{"text": "a", "label": "b"}\n{"text": "a"\n')
  const { code, stderr, json } = await run('train', '--task', 'kind', '--train', at('bad.jsonl'), '--out', at('bad'), '--json')
  expect(code).toBe(1)
  expect(json).toMatchObject({ error: { code: 'invalid_data', message: expect.stringMatching(/bad\.jsonl, line 2/) } })
  expect(stderr).not.toMatch(/ {4}at /)
  expect(existsSync(at('bad'))).toBe(false)
})

test.each([
  [['--task', 'kind'], /--train/],
  [['--task', 'Kind!', '--train', 'x.jsonl'], /task's name must be 1 to 64/],
  [['--task', 'kind', '--train', 'x.jsonl', '--learning-rate', 'fast'], /learning-rate.*must be a number/],
  [['--task', 'kind', '--train', 'x.jsonl', '--method', 'magic'], /method.*Allowed choices are prefix, probe, prompt/],
  [['--task', 'kind', '--train', 'x.jsonl', '--template', 'no place'], /must hold \{text\} exactly once/],
  [['--task', 'kind', '--train', at('train.jsonl'), '--out', at('tight'), '--max-tokens', '2'], /Cannot use template .*Shorten it/],
  [['--task', 'kind', '--train', 'x.jsonl', '--verbalizers', 'fruit'], /label=word/],
  [['--task', 'kind', '--train', 'x.jsonl', '--init-text', 'fruit or metal'], /add --init text/],
  [['--task', 'kind', '--train', at('train.jsonl'), '--out', at('kept')], /Cannot keep a checkpoint in .*a folder is there/],
])('wrong use ends with code 2: train %s', async (args, message) => {
  const { code, stderr } = await run('train', ...args)
  expect(stderr).toMatch(message)
  expect(code).toBe(2)
})

test('train says which examples of dev may be mislabelled', async () => {
  const dev = [...examplesOfTwoKinds, { text: 'I bought some apple', label: 'metal' }]
  writeFileSync(at('mislabelled.jsonl'), linesOf(dev))
  const args = [
    '--task',
    'kind',
    '--train',
    at('train.jsonl'),
    '--dev',
    at('mislabelled.jsonl'),
    '--out',
    at('suspects'),
    '--method',
    'probe',
  ]
  const said = await run('train', ...args)
  expect(said.code, said.stderr).toBe(0)
  expect(said.stdout).toMatch(
    /^Of dev, these may be mislabelled:\n {2}labelled "metal", answered "fruit" at (0\.\d+|1\.00): I bought some apple$/m,
  )
})
