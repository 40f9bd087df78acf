import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { evaluateCommand } from '../../../../trainer/cli/commands/evaluate.ts'
import { examplesOfTwoKinds, quotedCsv } from '../../../fixtures/examples.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'
import { runInProcess } from '../../../fixtures/run-in-process.ts'
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
  expect(told.stdout).toMatch(/^kind on .*test\.csv, 24 examples:\naccuracy [01]\.\d{3}/)
  const alone = await run(at('kind'), '--data', at('test.csv'), '--model', at('model'), '--zero-shot')
  expect(alone.stdout).toMatch(/^kind on .*test\.csv, 24 examples, without the prompt:\naccuracy [01]\.\d{3}/)
  expect(alone.stdout).toMatch(/label ↓ answer →/)
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

test('wrong use ends with code 2', async () => {
  expect(await run()).toMatchObject({ code: 2 })
  expect(await run(at('kind'))).toMatchObject({ code: 2, stderr: expect.stringMatching(/required option '--data <file>' not specified/) })
})
