import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { calibrateCommand } from '../../../../trainer/cli/commands/calibrate.ts'
import { evaluateCommand } from '../../../../trainer/cli/commands/evaluate.ts'
import { examplesOfTwoKinds, quotedCsv } from '../../../fixtures/examples.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'
import { runInProcess } from '../../../fixtures/run-in-process.ts'
import { writeSmallModel } from '../../../fixtures/small-model.ts'
import { writeRandomPrompt } from '../../../fixtures/written-prompt.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const run = (...args: string[]) => runInProcess([calibrateCommand, evaluateCommand], ...args)
const calibrate = (from: string, out: string, ...args: string[]) =>
  run('calibrate', at(from), '--data', at('dev.csv'), '--model', at('model'), '--out', at(out), ...args, '--json')
const cardOf = (name: string) => JSON.parse(readFileSync(at(`${name}/prompt.json`), 'utf8'))
const labels = [
  { label: 'fruit', verbalizer: 'fruit', token: 300 },
  { label: 'metal', verbalizer: 'metal', token: 301 },
]

beforeAll(async () => {
  const model = await writeSmallModel(at('model'))
  const baselines = { probe: { accuracy: 0.5 } }
  await writeRandomPrompt(at('kind'), model, { task: 'kind', card: { labels, baselines, settings: { seed: 1 } } })
  const answer = { type: 'sigmoid', version: 1, temperature: 1, thresholds: [0.5, 0.5] }
  await writeRandomPrompt(at('several'), model, { task: 'several', card: { labels, answer } })
  writeFileSync(at('dev.csv'), quotedCsv(examplesOfTwoKinds))
})

describe('calibrate', () => {
  test('writes the same prompt with a temperature and thresholds that give the wanted precision', async () => {
    const { code, json, stderr } = await calibrate('kind', 'sure', '--precision', '0.6')
    expect(code, stderr).toBe(0)
    const [before, after] = [cardOf('kind'), cardOf('sure')]
    expect(after.answer).toMatchObject({ type: 'softmax', version: 2, temperature: json.temperature, thresholds: json.thresholds })
    expect(after.files).toEqual(before.files)
    expect(after).toMatchObject({
      task: 'kind',
      labels,
      settings: { seed: 1, precision: 0.6 },
      data: { dev: { examples: 24 } },
      baselines: {},
    })
    expect(after.metrics).toMatchObject({ ...json.dev, coverage: json.abstaining.coverage })
    if (json.abstaining.accuracy !== null) expect(json.abstaining.accuracy).toBeGreaterThanOrEqual(0.6)

    const measured = await run('evaluate', at('sure'), '--data', at('dev.csv'), '--model', at('model'), '--json')
    expect(measured.json).toMatchObject({ abstaining: json.abstaining, thresholds: json.thresholds, loss: json.dev.loss })
  })

  test('without a precision lets every text be answered again', async () => {
    await calibrate('kind', 'cautious', '--precision', '0.6', '--thresholds', 'label')
    const { json } = await calibrate('cautious', 'open')
    expect(json).toMatchObject({ thresholds: null, abstaining: null })
    expect(cardOf('open').answer).toEqual({ type: 'softmax', version: 1, temperature: json.temperature })
    expect(cardOf('open').settings).toEqual({ seed: 1 })
  })

  test('tells of a precision that no answer has', async () => {
    const wrong = examplesOfTwoKinds.map(({ text }, n) => ({ text, label: n % 2 === 0 ? 'fruit' : 'metal' }))
    writeFileSync(at('noise.csv'), quotedCsv([...wrong, ...wrong.map(({ text, label }) => ({ text, label: label === 'fruit' ? 'metal' : 'fruit' }))])) // biome-ignore format: one call
    const { stderr } = await run(
      'calibrate',
      at('kind'),
      '--data',
      at('noise.csv'),
      '--model',
      at('model'),
      '--out',
      at('never'),
      '--precision',
      '0.9',
    )
    expect(stderr).toMatch(/no answer on dev is right as often as a precision of 0\.9 asks/)
    expect(cardOf('never').answer.thresholds).toEqual([null, null])
  })

  test('chooses the thresholds of several labels by F1, or by a precision', async () => {
    const [byF1, sure] = [await calibrate('several', 'by-f1'), await calibrate('several', 'by-precision', '--precision', '0.5')]
    expect(cardOf('by-f1').answer).toMatchObject({ type: 'sigmoid', version: 1, thresholds: byF1.json.thresholds })
    expect(byF1.json.dev.microF1).toBeGreaterThanOrEqual(2 / 3 - 1e-9) // giving both labels always comes to that
    expect(sure.json.thresholds).toHaveLength(2)
  })

  test.each([
    ['a folder that is taken', ['kind', 'kind'], [], /holds a prompt for task kind.*Add --force/],
    ['a precision above 1', ['kind', 'x'], ['--precision', '1.1'], /--precision.*at most 1/],
    ['a scope that there is not', ['kind', 'x'], ['--thresholds', 'class'], /--thresholds.*task, label/],
    ['a package that is not there', ['nowhere', 'x'], [], /Cannot read .*nowhere/],
  ] as const)('refuses %s', async (_, [from, out], args, message) => {
    const { code, stderr } = await calibrate(from, out, ...args)
    expect(code).not.toBe(0)
    expect(stderr).toMatch(message)
  })

  test('refuses examples with labels that the prompt has not', async () => {
    writeFileSync(at('alien.csv'), quotedCsv([{ text: 'one', label: 'weather' }]))
    const { stderr } = await run('calibrate', at('kind'), '--data', at('alien.csv'), '--out', at('x'), '--model', at('model'))
    expect(stderr).toMatch(/it has no label "weather"/)
  })
})
