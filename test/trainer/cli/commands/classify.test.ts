import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { classifyCommand } from '../../../../trainer/cli/commands/classify.ts'
import { writePromptFolder } from '../../../../trainer/disk/prompt-folder.ts'
import { softprompt } from '../../../fixtures/command-line.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'
import { randomPrompt } from '../../../fixtures/random-prompt.ts'
import { runInProcess } from '../../../fixtures/run-in-process.ts'
import { writeSmallModel } from '../../../fixtures/small-model.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const run = (...args: string[]) => runInProcess([classifyCommand], 'classify', ...args)

beforeAll(async () => {
  const model = await writeSmallModel(at('model'))
  await writePromptFolder(at('spam'), await randomPrompt(model, { task: 'spam' }), at('model'))
})

test('a text is answered by a package, on the model that it was made on', async () => {
  const { code, stdout, stderr, json } = await run(at('spam'), 'Hello there', '--json')
  expect(code, stderr).toBe(0)
  const [result] = json.results
  expect(json).toMatchObject({ task: 'spam', results: [{ text: 'Hello there', label: expect.any(String), truncated: false }] })
  expect(result.probabilities[result.label]).toBe(result.probability)
  expect(stdout.split('\n')).toHaveLength(2)
  expect((await run(at('spam'), 'Hello there')).stdout).toMatch(new RegExp(`^${result.label} +${result.probability.toFixed(3)}  ━+\n`))
})

test('the lines of standard input are texts, and answers go to a file', async () => {
  const { code, stdout, stderr } = await softprompt(['classify', at('spam'), '--out', at('answers.csv')], {}, 'one, two\r\n\nthree\n')
  expect(code, stderr).toBe(0)
  expect(stdout).toBe(`${at('answers.csv')}: 2 answers of task spam\n`)
  const lines = readFileSync(at('answers.csv'), 'utf8').split('\n')
  expect(lines).toMatchObject({
    length: 4,
    0: 'text,label,probability,truncated',
    1: expect.stringMatching(/^"one, two",/),
    2: expect.stringMatching(/^three,/),
  })
  const again = await run(at('spam'), 'x', '--out', at('answers.csv'))
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('it is there already') })
  const empty = await softprompt(['classify', at('spam')], {}, '\n')
  expect(empty).toMatchObject({ code: 2, stderr: expect.stringContaining('one text per line on standard input') })
})

test('the texts of a file are answered, labelled or not', async () => {
  writeFileSync(at('mails.csv'), 'id;body\n1;one, two\n2;three\n')
  const { code, json, stderr } = await run(at('spam'), '--data', at('mails.csv'), '--text-column', 'body', '--json')
  expect(code, stderr).toBe(0)
  expect(json.results).toMatchObject([{ text: 'one, two' }, { text: 'three' }])
  expect(stderr).toMatch(/mails\.csv as CSV separated by ";"/)
  writeFileSync(at('mails.jsonl'), '{"text": "four", "label": "any"}\n{"text": ""}\n')
  expect(await run(at('spam'), '--data', at('mails.jsonl'))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('mails.jsonl, line 2: field text is empty'),
  })
})

test.each([
  [['SPAM', 'x', '--data', 'x.csv'], 2, /Cannot take both/],
  [['SPAM', '--text-column', 'body'], 2, /--text-column without --data/],
  [['SPAM', '--data', 'no.csv'], 1, /no\.csv: there is no such file/],
  [['nowhere', 'x'], 1, /no such folder/],
  [['--out', 'answers.txt', 'SPAM', 'x'], 2, /has to end in \.jsonl or \.csv/],
  [['SPAM', 'x', '--key', 'k'], 2, /--key without --url/],
  [['SPAM', 'x', '--url', 'here'], 2, /not the address of a service/],
  [['SPAM', 'x', '--url', 'http://127.0.0.1:1', '--threads', '2'], 2, /the Worker has its own/],
  [['SPAM', 'x', '--url', 'http://127.0.0.1:1'], 1, /Cannot ask task spam at http:\/\/127\.0\.0\.1:1/],
  [['SPAM', 'x', '--model', 'nowhere'], 1, /no such folder/],
])('%j ends with code %i', async (args, expected, message) => {
  const { code, stderr } = await run(...args.map((word) => (word === 'SPAM' ? at('spam') : word)))
  expect({ code, stderr }).toEqual({ code: expected, stderr: expect.stringMatching(message) })
  expect(stderr).not.toMatch(/ {4}at /)
  expect(existsSync('answers.txt')).toBe(false)
})
