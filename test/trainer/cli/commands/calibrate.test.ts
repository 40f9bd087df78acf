import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { calibrateCommand } from '../../../../trainer/cli/commands/calibrate.ts'
import { evaluateCommand } from '../../../../trainer/cli/commands/evaluate.ts'
import { reportCommand } from '../../../../trainer/cli/commands/report.ts'
import { trainCommand } from '../../../../trainer/cli/commands/train.ts'
import { madeFrom } from '../../../../trainer/disk/prompt-folder.ts'
import { readEvents } from '../../../../trainer/train/event-file.ts'
import { examplesOfTwoKinds, linesOf, quotedCsv } from '../../../fixtures/examples.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'
import { runInProcess } from '../../../fixtures/run-in-process.ts'
import { writeSmallModel } from '../../../fixtures/small-model.ts'
import { writeRandomPrompt } from '../../../fixtures/written-prompt.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const run = (...args: string[]) => runInProcess([calibrateCommand, evaluateCommand, reportCommand, trainCommand], ...args)
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
      baselines: { zeroShot: { accuracy: expect.any(Number) } }, // of these examples: what is said of others is gone
    })
    expect(after.baselines.probe).toBeUndefined()
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

describe('of a package that was trained here', () => {
  const train = (out: string, ...args: string[]) =>
    run('train', '--task', 'kind', '--train', at('train.jsonl'), '--out', at(out), '--model', at('model'), '--threads', '1', ...args, '--json') // biome-ignore format: one call
  const steps = ['--steps', '4', '--evaluate-every', '2', '--virtual-tokens', '4', '--batch-size', '4', '--precision', '0.5']
  const on = (from: string, data: string, out: string) =>
    run('calibrate', at(from), '--data', at(data), '--model', at('model'), '--out', at(out), '--json')

  beforeAll(async () => {
    writeFileSync(at('train.jsonl'), linesOf(examplesOfTwoKinds))
    writeFileSync(at('same.csv'), `label,text\n${examplesOfTwoKinds.map(({ text, label }) => `${label},${text}`).join('\n')}\n`)
    await train('held', ...steps)
    await train('apart', ...steps, '--dev', at('dev.csv'))
  })

  test('examples that it was learned from are refused, in whatever file, and what was held out of them is taken', async () => {
    for (const file of ['train.jsonl', 'same.csv']) {
      const { code, stderr } = await on('apart', file, 'refused')
      expect(code).toBe(1)
      expect(stderr).toMatch(/Cannot calibrate .*apart on .*(train\.jsonl|same\.csv): it was learned from these examples/)
      const { json, stderr: told } = await on('held', file, `held-${file}`)
      expect(json, told).toMatchObject({ examples: 4 })
      expect(cardOf(`held-${file}`).data.dev).toEqual({ examples: 4, sha256: expect.any(String) })
    }
    expect(cardOf('held-train.jsonl').data).toEqual(cardOf('held').data)
    expect(cardOf('held-train.jsonl').metrics.accuracy).toBe(cardOf('held').metrics.accuracy)
    const again = await on('held-train.jsonl', 'train.jsonl', 'held-again')
    expect(again.json).toMatchObject({ examples: 4 })
    const { stdout } = await run('calibrate', at('held'), '--data', at('train.jsonl'), '--model', at('model'), '--out', at('told'))
    expect(stdout).toContain('that were held out when it was learned from the others, accuracy')
  })

  test('its events stay, and what it was made from as far as that is true; the last event is of the package as it is', async () => {
    const { json } = await on('apart', 'dev.csv', 'anew')
    const [before, after] = [readEvents(at('apart/events.jsonl'))!, readEvents(at('anew/events.jsonl'))!]
    expect(after.slice(0, -1)).toEqual(before)
    expect(after.at(-1)).toMatchObject({
      type: 'package',
      prompt: json.prompt,
      temperature: json.temperature,
      steps: 4,
      learnedFrom: [12, 12],
    })
    const [made, { 'the settings': _, ...others }] = [madeFrom(at('anew'))!, madeFrom(at('apart'))!]
    expect(made).toEqual(others)
    expect((await run('report', at('anew'), '--out', at('anew.html'), '--json')).json).toMatchObject({ missing: null })
    const page = readFileSync(at('anew.html'), 'utf8')
    for (const said of ['Loss by step', 'Calibrated anew 2', ', calibrated anew 2']) expect(page).toContain(said)
  })
})
