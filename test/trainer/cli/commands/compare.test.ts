import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compareCommand } from '../../../../trainer/cli/commands/compare.ts'
import { evaluateCommand } from '../../../../trainer/cli/commands/evaluate.ts'
import { writePromptFolder } from '../../../../trainer/disk/prompt-folder.ts'
import { EvaluationRecord } from '../../../../trainer/evaluate/evaluation.ts'
import { mcnemarTest } from '../../../../trainer/evaluate/mcnemar.ts'
import { examplesOfTwoKinds, quotedCsv } from '../../../fixtures/examples.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'
import { randomPrompt } from '../../../fixtures/random-prompt.ts'
import { runInProcess } from '../../../fixtures/run-in-process.ts'
import { servedHere } from '../../../fixtures/served-here.ts'
import { writeSmallModel } from '../../../fixtures/small-model.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const data = ['--data', at('test.csv')]
const run = (...args: string[]) => runInProcess([compareCommand, evaluateCommand], 'compare', ...args)
const [fruit, metal] = [
  { label: 'fruit', verbalizer: 'fruit', token: 300 },
  { label: 'metal', verbalizer: 'metal', token: 301 },
]
let served: Awaited<ReturnType<typeof servedHere>>

beforeAll(async () => {
  writeFileSync(at('test.csv'), quotedCsv(examplesOfTwoKinds))
  const models = { model: await writeSmallModel(at('model')), other: await writeSmallModel(at('other'), { name: 'other' }) }
  const write = async (name: string, seed: number, labels = [fruit, metal], on: keyof typeof models = 'model') =>
    writePromptFolder(at(name), await randomPrompt(models[on], { task: 'kind', seed, card: { labels } }), at(on))
  await write('a', 6)
  await write('b', 12)
  await write('elsewhere', 59, [metal, fruit], 'other')
  await write('stone', 3, [fruit, { ...metal, label: 'stone' }])
  mkdirSync(at('store'))
  served = await servedHere(at('store'), [
    { prompt: at('a'), model: at('model') },
    { prompt: at('stone'), model: at('model'), task: 'stone' },
  ])
})
afterAll(() => served.close())

test('two packages are measured on the same rows, tested in pairs, and every text on which they differ is told', async () => {
  const { code, json, stderr } = await run(at('a'), at('b'), ...data, '--json')
  expect(code, stderr).toBe(0)
  for (const side of ['a', 'b'] as const) {
    const { json: alone } = await runInProcess([evaluateCommand], 'evaluate', at(side), ...data, '--json')
    expect(json[side]).toMatchObject({ name: at(side), prompt: alone.prompt, evaluation: EvaluationRecord.parse(alone) })
  }
  const { both, onlyA, onlyB, neither } = json.right
  expect(both + onlyA + onlyB + neither).toBe(24)
  expect(json.p).toBe(mcnemarTest(onlyA, onlyB))
  expect(json.difference.difference).toBeCloseTo(json.a.evaluation.metrics.accuracy - json.b.evaluation.metrics.accuracy, 12)
  expect(json.differing).toHaveLength(onlyA + onlyB) // of two labels, one of the two is right where they differ
  expect(json.differing.length).toBeGreaterThan(0)

  const { stdout } = await run(at('a'), at('b'), ...data)
  expect(stdout).toMatch(/^A is .*a, B is .*b; .*test\.csv, 24 examples of 2 labels:\n\n +A +B\naccuracy +[01]\.\d{3} \(/)
  expect(stdout).toMatch(/\n[AB] (is|and) .* points of accuracy \(95 % interval .*exact McNemar test, p [=<] [01]\.\d{3}\.\n/)
  expect(stdout).toContain(`in A alone ${onlyA}, in B alone ${onlyB}, in neither ${neither}.`)
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^(metal|fruit) |^and \d+ more/)
})

test('a package is not better than itself', async () => {
  const { json } = await run(at('a'), at('a'), ...data, '--json')
  expect(json).toMatchObject({ p: 1, difference: { difference: 0 }, differing: [], largestDifference: 0 })
  expect((await run(at('a'), at('a'), ...data)).stdout).toMatch(
    /A and B are right equally often.*\n[\s\S]*They give every text the same label\.\n$/,
  )
})

test('how many texts one that withholds answers leaves, and how right the others are, is told of both', async () => {
  const answer = { type: 'softmax', version: 2, temperature: 1, thresholds: [0.55, 0.55] }
  const card = { labels: [fruit, metal], answer }
  const model = await writeSmallModel(at('model-2'))
  await writePromptFolder(at('cautious'), await randomPrompt(model, { task: 'kind', seed: 6, card }), at('model-2'))
  const { json } = await run(at('cautious'), at('a'), ...data, '--json')
  const { coverage, accuracy } = json.a.evaluation.abstaining
  expect(coverage).toBeGreaterThan(0)
  expect(coverage).toBeLessThan(1)
  expect(json.a.evaluation.thresholds).toEqual([0.55, 0.55])
  expect(json.b.evaluation.abstaining).toBeUndefined()
  expect(json.right.both).toBe(Math.round(24 * coverage * accuracy)) // it is the same prompt: what it gives, a gives as well
  expect(json.right.onlyA).toBe(0)
  expect(json.difference).toMatchObject({ metric: 'answeredRightly', difference: expect.closeTo(coverage * accuracy - json.b.evaluation.metrics.accuracy, 12) }) // biome-ignore format: one object
  expect(json.differing).toHaveLength(Math.round(24 * (1 - coverage)))
  expect(json.differing[0].answers).toMatchObject([{ label: null }, { label: expect.any(String) }])
  const { stdout } = await run(at('cautious'), at('a'), ...data)
  expect(stdout).toMatch(/\nA: Under its thresholds .*; the others get null\.\nB: Every text is answered, \d+\.\d % of them rightly\.\n/)
  expect(stdout).toMatch(/B answers more texts rightly than A, by \d+\.\d points \(95 % interval/)
  expect(stdout).toMatch(/\nAnswered wrong: \d+ by A, \d+ by B\. /)
  expect(stdout).toMatch(/ null 0\.5\d /)
})

test('packages may be of different models, and count their labels in another order', async () => {
  const { code, json, stderr } = await run(at('a'), at('elsewhere'), ...data, '--json')
  expect(code, stderr).toBe(0)
  expect(json.labels).toEqual(['fruit', 'metal'])
  const { json: alone } = await runInProcess([evaluateCommand], 'evaluate', at('elsewhere'), ...data, '--json')
  expect(alone.labels).toEqual(['metal', 'fruit'])
  expect(json.b.evaluation.metrics.accuracy).toBe(alone.accuracy)
  expect(json.b.evaluation.confusion).toEqual(alone.confusion.toReversed().map((row: number[]) => row.toReversed()))
})

test('a package is compared with what is served, on either side', async () => {
  const address = `${served.url}/v1/tasks/kind`
  const { code, json, stderr } = await run(at('b'), address, ...data, '--json')
  expect(code, stderr).toBe(0)
  const { json: here } = await run(at('b'), at('a'), ...data, '--json')
  expect(json).toMatchObject({ b: { name: `kind at ${served.url}`, prompt: here.b.prompt }, right: here.right, p: here.p })
  expect((await run(address, at('b'), ...data, '--json')).json.right).toEqual({
    ...here.right,
    onlyA: here.right.onlyB,
    onlyB: here.right.onlyA,
  })
})

test.each([
  ['other labels', () => [at('a'), at('stone')], 2, /different labels: only .*a has "metal"; only .*stone has "stone"\./],
  ['a folder that is none', () => [at('a'), at('none')], 1, /none": there is no such folder/],
  ['a model of one of them', () => [at('a'), at('elsewhere'), '--model', at('model')], 1, /trained for base/],
  ['a key for two packages', () => [at('a'), at('b'), '--key', 'k'], 2, /--key with two packages/],
  [
    'threads for two services',
    () => [`${served.url}/v1/tasks/kind`, `${served.url}/v1/tasks/kind`, '--threads', '1'],
    2,
    /two served tasks/,
  ],
  ['an address without a task', () => [at('a'), served.url], 2, /names no task/],
  ['one package alone', () => [at('a')], 2, /missing required argument 'b'/],
])('%s is refused', async (_, args, expected, message) => {
  const { code, stderr } = await run(...args(), ...data)
  expect({ code, stderr }).toEqual({ code: expected, stderr: expect.stringMatching(message) })
  expect(stderr).not.toMatch(/ {4}at /)
})

test('two whose labels differ are refused by name where the file has only labels of both', async () => {
  writeFileSync(at('fruit.csv'), quotedCsv(examplesOfTwoKinds.filter(({ label }) => label === 'fruit')))
  const sides = [at('stone'), `${served.url}/v1/tasks/stone`]
  for (const stone of sides) {
    const { code, stderr } = await run(at('a'), stone, '--data', at('fruit.csv'))
    expect(code).toBe(2)
    expect(stderr).toMatch(/they have different labels: only .* has "(metal|stone)"; only .* has "(metal|stone)"\./)
  }
})
