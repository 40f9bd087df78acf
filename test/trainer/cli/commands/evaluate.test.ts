import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { FrozenModel } from '../../../../shared/engine/frozen-model.ts'
import { sha256 } from '../../../../shared/formats/hashing.ts'
import { evaluateCommand } from '../../../../trainer/cli/commands/evaluate.ts'
import { readPromptFolder, writePromptFolder } from '../../../../trainer/disk/prompt-folder.ts'
import { EvaluationRecord } from '../../../../trainer/evaluate/evaluation.ts'
import { examplesOfTwoKinds, quotedCsv } from '../../../fixtures/examples.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'
import { randomPrompt } from '../../../fixtures/random-prompt.ts'
import { runInProcess } from '../../../fixtures/run-in-process.ts'
import { servedHere } from '../../../fixtures/served-here.ts'
import { writeSmallModel } from '../../../fixtures/small-model.ts'
import { writeRandomPrompt } from '../../../fixtures/written-prompt.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const run = (...args: string[]) => runInProcess([evaluateCommand], 'evaluate', ...args)
const labels = [
  { label: 'fruit', verbalizer: 'fruit', token: 300 },
  { label: 'metal', verbalizer: 'metal', token: 301 },
]

beforeAll(async () => {
  await writeSmallModel(at('other'), { name: 'other' })
  await writeRandomPrompt(at('kind'), await writeSmallModel(at('model')), { task: 'kind', card: { labels } })
  writeFileSync(at('test.csv'), quotedCsv(examplesOfTwoKinds))
})

test('a package is measured on a file, with its prompt and without', async () => {
  const { code, json, stderr } = await run(at('kind'), '--data', at('test.csv'), '--model', at('model'), '--json')
  expect(code, stderr).toBe(0)
  expect(json).toMatchObject({
    task: 'kind',
    data: at('test.csv'),
    examples: 24,
    zeroShot: false,
    labels: ['fruit', 'metal'],
    majority: 0.5,
  })
  expect(json.confusion.flat().reduce((a: number, b: number) => a + b)).toBe(24)
  expect(json.accuracy).toBeCloseTo((json.confusion[0][0] + json.confusion[1][1]) / 24)

  const told = await run(at('kind'), '--data', at('test.csv'), '--model', at('model'))
  expect(told.stdout).toMatch(
    /^kind on .*test\.csv, 24 examples of 2 labels:\n\nfigure +value +95 % interval\naccuracy +[01]\.\d{3} +[01]\.\d{3} to [01]\.\d{3}\n/,
  )
  expect(told.stdout).toMatch(/\n\nlabel +precision +recall +F1 +examples\nfruit .* 12\n/)
  const alone = await run(at('kind'), '--data', at('test.csv'), '--model', at('model'), '--zero-shot')
  expect(alone.stdout).toMatch(/^kind, without the prompt, on .*test\.csv, 24 examples of 2 labels:\n/)
  expect(alone.stdout).toMatch(/label ↓ answer →/)
})

test('of a folder with several splits, test is measured on, and that is said', async () => {
  mkdirSync(at('set'))
  for (const [split, count] of [['train', 20], ['test', 10]] as const) writeFileSync(at(`set/${split}.csv`), quotedCsv(examplesOfTwoKinds.slice(-count))) // biome-ignore format: two files
  const { code, stderr, json } = await run(at('kind'), '--data', at('set'), '--model', at('model'), '--json')
  expect(code, stderr).toBe(0)
  expect(json.examples).toBe(10)
  expect(stderr).toMatch(/^Reading test\.csv in .*set\.$/m)
})

test('a file may have other columns and another separator, and the label may be a number; what is not plain is told', async () => {
  const rows = examplesOfTwoKinds.map(({ text, label }) => `"${text}";${label}`)
  writeFileSync(at('named.csv'), ['Message;Class', ...rows].join('\n'))
  const named = [at('kind'), '--data', at('named.csv'), '--model', at('model')]
  const { code, stderr } = await run(...named, '--text-column', 'message', '--label-column', 'class')
  expect(code, stderr).toBe(0)
  expect(stderr).toBe(`Reading ${at('named.csv')} as CSV separated by ";", as in its first line.\n`)
  expect(await run(...named)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /named\.csv, line 1: no column is named "text"\. The columns are "Message", "Class": say with --text-column/,
    ),
  })
  expect(await run(...named, '--label-column', 'Text')).toMatchObject({ code: 2, stderr: expect.stringMatching(/from one column, "text"/) })
})

test('a package for another base is refused', async () => {
  const { code, stderr } = await run(at('kind'), '--data', at('test.csv'), '--model', at('other'))
  expect(code).toBe(1)
  expect(stderr).toMatch(/trained for base [0-9a-f]{64} .*this one is [0-9a-f]{64}/)
  expect(stderr).not.toMatch(/ {4}at /)
})

test('a label that the package does not know is named with its file', async () => {
  writeFileSync(at('third.csv'), 'label,text\nfruit,a\nstone,b\n')
  const { code, json } = await run(at('kind'), '--data', at('third.csv'), '--model', at('model'), '--json')
  expect(code).toBe(1)
  expect(json).toMatchObject({ error: { code: 'invalid_data', message: expect.stringMatching(/third\.csv.*stone|stone.*third\.csv/) } })
})

test('what is printed as JSON is read back as a record of the evaluation, and names the package', async () => {
  const { json } = await run(at('kind'), '--data', at('test.csv'), '--model', at('model'), '--json')
  const record = EvaluationRecord.parse(json)
  expect(json).toMatchObject(record.metrics)
  expect(record.byLabel.map(({ label, support }) => [label, support])).toEqual([['fruit', 12], ['metal', 12]]) // biome-ignore format: a table
  expect(record.calibration.reduce((sum, { examples }) => sum + examples, 0)).toBe(24)
  expect(json.prompt).toBe(await sha256(readPromptFolder(at('kind'))['prompt.json']))
  expect(json).toMatchObject({
    truncated: 0,
    overProbe: null,
    baselines: { zeroShot: { accuracy: expect.any(Number), interval: { low: expect.any(Number), high: expect.any(Number) } } },
  })
})

test('the model reads each text once behind the prompt and once without, and once alone where there is no prompt', async () => {
  const model = await writeSmallModel(at('once'))
  await writePromptFolder(at('rows'), await randomPrompt(model, { task: 'rows', card: { labels, virtualTokens: 0 } }), at('once'))
  const hidden = vi.spyOn(FrozenModel.prototype, 'hidden')
  const rowsRead = async (...args: string[]) => {
    hidden.mockClear()
    const { code, json, stderr } = await run(...args, '--data', at('test.csv'), '--model', at('once'), '--json')
    expect(code, stderr).toBe(0)
    return { json, rows: hidden.mock.calls.reduce((sum, [rows]) => sum + rows.length, 0) }
  }
  await writePromptFolder(at('five'), await randomPrompt(model, { task: 'five', card: { labels } }), at('once'))
  expect((await rowsRead(at('five'))).rows).toBe(48)
  const [prompted, alone] = [await rowsRead(at('rows')), await rowsRead(at('rows'), '--zero-shot')]
  expect([prompted.rows, alone.rows]).toEqual([24, 24])
  expect(alone.json.accuracy).toBe(prompted.json.baselines.zeroShot.accuracy)
  hidden.mockRestore()
})

test('texts that lost their end are counted', async () => {
  const rows = [...examplesOfTwoKinds.slice(0, 2), { text: 'long '.repeat(200), label: 'metal' }]
  writeFileSync(at('long.csv'), quotedCsv(rows))
  const long = [at('kind'), '--data', at('long.csv'), '--model', at('model')]
  expect((await run(...long, '--json')).json).toMatchObject({ truncated: 1 })
  expect((await run(...long)).stdout).toMatch(/3 examples of 2 labels:\n1 text lost the end to fit\.\n/)
})

describe('what is served', () => {
  let served: Awaited<ReturnType<typeof servedHere>>
  const data = ['--data', at('test.csv')]
  const task = (name: string) => `${served.url}/v1/tasks/${name}`
  const keyed = ['--key', 'secret']

  beforeAll(async () => {
    const model = await writeSmallModel(at('served-model'))
    const write = async (name: string, seed: number, changed = labels) =>
      writePromptFolder(at(name), await randomPrompt(model, { task: 'kind', seed, card: { labels: changed } }), at('served-model'))
    await write('live', 6)
    await write('changed', 12)
    await write('others', 3, [labels[0]!, { ...labels[1]!, label: 'stone' }])
    mkdirSync(at('store'))
    served = await servedHere(at('store'), [{ prompt: at('live'), model: at('served-model') }], { apiKeys: 'secret' })
  })
  afterAll(() => served.close())

  test('is measured by its address alone, with the figures of its package', async () => {
    const here = await run(at('live'), ...data, '--json')
    const there = await run('--url', task('kind'), ...data, ...keyed, '--json')
    expect(there.code, there.stderr).toBe(0)
    expect(there.json).toMatchObject({ task: 'kind', url: served.url, prompt: here.json.prompt, examples: 24, package: null })
    const [a, b] = [EvaluationRecord.parse(here.json), EvaluationRecord.parse(there.json)]
    expect(b.confusion).toEqual(a.confusion)
    for (const [name, value] of Object.entries(a.metrics)) expect(b.metrics[name], name).toBeCloseTo(value, 4)
    expect((await run('--url', task('kind'), ...data, ...keyed)).stdout).toMatch(
      new RegExp(`^kind at ${served.url}, version ${here.json.prompt.slice(0, 12)}, on .*24 examples of 2 labels:\n`),
    )
  })

  test('is held against the package that was published, whose task is asked where the address names none', async () => {
    const { code, json, stderr } = await run(at('live'), '--url', served.url, ...data, ...keyed, '--json')
    expect(code, stderr).toBe(0)
    expect(json.package).toMatchObject({ directory: at('live'), prompt: json.prompt, differing: [] })
    expect(json.package.metrics.accuracy).toBe(json.accuracy)
    expect(json.package.largestDifference).toBeLessThan(1e-3)
    const { stdout } = await run(at('live'), '--url', served.url, ...data, ...keyed)
    expect(stdout).toMatch(/\nThe service gives every text the label that .*live gives; (the )?probabilities [^\n]*\.\n$/)
  })

  test('is held against another package, and where they differ is shown', async () => {
    const { json } = await run(at('changed'), '--url', task('kind'), ...data, ...keyed, '--json')
    const { differing, largestDifference, prompt } = json.package
    expect(prompt).not.toBe(json.prompt)
    expect(differing.length).toBeGreaterThan(0)
    expect(largestDifference).toBeGreaterThan(0.01)
    for (const { example, text, label, answers } of differing) {
      expect(text).toBe(`${examplesOfTwoKinds[example]!.text} , he said`)
      expect(label).toBe(examplesOfTwoKinds[example]!.label)
      expect(answers[0].label).not.toBe(answers[1].label)
    }
    const { stdout } = await run(at('changed'), '--url', task('kind'), ...data, ...keyed)
    expect(stdout).toContain(`The service gives ${differing.length} of 24 texts another label`)
    expect(stdout).toContain(`It serves version ${json.prompt.slice(0, 12)}, and the package is ${prompt.slice(0, 12)}.`)
    expect(stdout).toMatch(/\nlabel +service +package +text\n/)
  })

  test('may cut texts shorter than the package does', async () => {
    mkdirSync(at('cutting'))
    const cutting = await servedHere(at('cutting'), [{ prompt: at('live'), model: at('served-model') }], { MAX_ROW_TOKENS: '16' })
    try {
      const { code, stdout, stderr } = await run(at('live'), '--url', cutting.url, ...data)
      expect(code, stderr).toBe(0)
      expect(stdout).toMatch(/ 24 examples of 2 labels:\n24 texts lost the end to fit\.\n/)
      expect(stdout).toMatch(/another label than .* gives; probabilities differ by up to 0\.\d+\. It serves the same version: /)
    } finally {
      await cutting.close()
    }
  })

  test.each([
    ['no key', () => ['--url', task('kind')], 1, /Give a key with --key, or in SOFTPROMPT_KEY/],
    ['no such task', () => ['--url', task('none'), ...keyed], 1, /Cannot ask task none at/],
    ['a version that is not there', () => ['--url', task(`kind@${'0'.repeat(64)}`), ...keyed], 1, /Cannot ask task kind@0000/],
    ['a package of other labels', () => [at('others'), '--url', task('kind'), ...keyed], 1, /has no label "metal" \(12 of 24 examples/],
    ['no task', () => ['--url', served.url], 2, /names no task\. Write …\/v1\/tasks\/NAME/],
    ['a folder that is not there', () => ['runs/none', '--url', served.url], 2, /"runs\/none" is no package, and no task/],
    ['a task beside that of the address', () => ['other', '--url', task('kind')], 2, /names task kind, and there is no package other/],
    ['a name that no task has', () => ['--url', task('A%20b')], 2, /no task is named "A b"/],
    ['a name that is cut', () => ['--url', task('%E0%A4%A')], 2, /is not the name of a task/],
    ['no address', () => ['--url', 'here'], 2, /not the address of a service/],
    ['zero-shot', () => [at('live'), '--url', task('kind'), '--zero-shot'], 2, /--zero-shot with --url/],
    ['threads', () => ['--url', task('kind'), '--threads', '1'], 2, /--model or --threads with --url and no package/],
    ['a key for a package', () => [at('live'), '--key', 'k'], 2, /--key without --url/],
    ['nothing', () => [], 2, /nothing to measure/],
  ])('with %s is refused', async (_, args, expected, message) => {
    const { code, stderr } = await run(...args(), ...data)
    expect({ code, stderr }).toEqual({ code: expected, stderr: expect.stringMatching(message) })
    expect(stderr).not.toMatch(/ {4}at /)
  })

  test('a label that the service does not know is told before all texts are asked', async () => {
    writeFileSync(at('unknown.csv'), `label,text\n${'stone,a\n'.repeat(100)}`)
    const { code, stderr } = await run('--url', task('kind'), '--data', at('unknown.csv'), ...keyed)
    expect(code).toBe(1)
    expect(stderr).toMatch(/unknown\.csv: it has no label "stone" \(100 of 100 examples .*Its labels are fruit, metal\./)
  })
})

test('wrong use ends with code 2', async () => {
  expect(await run()).toMatchObject({ code: 2 })
  expect(await run(at('kind'))).toMatchObject({ code: 2, stderr: expect.stringMatching(/required option '--data <file>' not specified/) })
})

describe('of several labels a text', () => {
  const answer = { type: 'sigmoid', version: 1, temperature: 1, thresholds: [0.5, 0.5] }
  beforeAll(async () => {
    await writeRandomPrompt(at('several'), await writeSmallModel(at('model')), { task: 'several', card: { labels, answer } })
    const rows = examplesOfTwoKinds.map(({ text, label }, n) => ({
      text,
      labels: n % 3 === 0 ? ['fruit', 'metal'] : n % 3 === 1 ? [label] : [],
    }))
    writeFileSync(at('several.jsonl'), rows.map((row) => JSON.stringify(row)).join('\n'))
  })

  test('micro-F1 and each label are measured, and no confusion', async () => {
    const { code, json, stderr } = await run(at('several'), '--data', at('several.jsonl'), '--model', at('model'), '--json')
    expect(code, stderr).toBe(0)
    expect(EvaluationRecord.parse(json)).toMatchObject({ confusion: null, thresholds: [0.5, 0.5] })
    expect(json.byLabel.map(({ support }: { support: number }) => support).every((count: number) => count >= 8)).toBe(true)
    const { stdout } = await run(at('several'), '--data', at('several.jsonl'), '--model', at('model'))
    expect(stdout).toMatch(/micro-F1 +[01]\.\d{3}/)
    expect(stdout).not.toMatch(/label ↓ answer →/)
  })

  test('examples with one label each are sets of one', async () => {
    const { code, json } = await run(at('several'), '--data', at('test.csv'), '--model', at('model'), '--json')
    expect(code).toBe(0)
    expect(json.byLabel.map(({ support }: { support: number }) => support)).toEqual([12, 12])
  })

  test('a package of one label refuses lists, and the model alone cannot tell how many', async () => {
    const wrong = await run(at('kind'), '--data', at('several.jsonl'), '--model', at('model'))
    expect(wrong.stderr).toMatch(/it gives each text one label, and the file has lists of labels/)
    const alone = await run(at('several'), '--data', at('several.jsonl'), '--model', at('model'), '--zero-shot')
    expect(alone.stderr).toMatch(/Cannot measure .* with --zero-shot: it gives a text several labels/)
  })
})

test('where answers are withheld, how many and how right the others are is told', async () => {
  const answer = { type: 'softmax', version: 2, temperature: 1, thresholds: [0, null] }
  await writeRandomPrompt(at('cautious'), await writeSmallModel(at('model')), { task: 'cautious', card: { labels, answer } })
  const { json } = await run(at('cautious'), '--data', at('test.csv'), '--model', at('model'), '--json')
  const given = json.confusion[0][0] + json.confusion[1][0]
  expect(json.abstaining).toEqual({ coverage: given / 24, accuracy: given === 0 ? null : json.confusion[0][0] / given })
  const { stdout } = await run(at('cautious'), '--data', at('test.csv'), '--model', at('model'))
  expect(stdout).toMatch(
    /Under its thresholds (\d+\.\d % of the texts are answered, of which \d+\.\d % are right; the others get null|0\.0 % of the texts are answered: every text gets null)/,
  )
  expect(stdout).toMatch(/examples {2}given from\nfruit .* 0\.000\nmetal .* never\n/)
})
