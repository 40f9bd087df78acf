import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { softprompt } from '../../fixtures/command-line.ts'

const folder = mkdtempSync(join(tmpdir(), 'train-cli-'))
const at = (name: string) => join(folder, name)
const words = { fruit: ['apple', 'pear', 'plum', 'grape', 'orange', 'lemon'], metal: ['iron', 'gold', 'silver', 'copper', 'steel', 'lead'] }
const examples = Object.entries(words).flatMap(([label, list]) =>
  list.flatMap((word) => [`I bought some ${word}`, `There was ${word} on the table`].map((text) => ({ text, label }))),
)
const quick = ['--steps', '4', '--evaluate-every', '2', '--virtual-tokens', '4', '--threads', '1']

beforeAll(() => {
  writeFileSync(at('train.jsonl'), examples.map((example) => JSON.stringify(example)).join('\n'))
  mkdirSync(at('kept.checkpoint'))
  writeFileSync(at('test.csv'), `label,text\n${examples.map(({ text, label }) => `${label},"${text} , he said"`).join('\n')}\n`)
})

describe('train and evaluate', () => {
  test('learn a package, with a part of the examples held out, and measure it', async () => {
    const trained = await softprompt(['train', '--task', 'kind', '--train', at('train.jsonl'), '--out', at('kind'), ...quick, '--json'])
    expect(trained.code).toBe(0)
    expect(trained.json).toMatchObject({ task: 'kind', steps: 4, dev: { majority: 0.5 }, package: at('kind') })
    expect(trained.stderr).toMatch(/step 2: dev accuracy/)
    const card = JSON.parse(readFileSync(at('kind/prompt.json'), 'utf8'))
    expect(card).toMatchObject({ virtualTokens: 4, data: { train: { examples: 20 }, dev: { examples: 4 } } })

    const evaluated = await softprompt(['evaluate', at('kind'), '--data', at('test.csv'), '--json'])
    expect(evaluated.code).toBe(0)
    const { confusion, accuracy, labels } = evaluated.json as { confusion: number[][]; accuracy: number; labels: string[] }
    expect(labels).toEqual(['fruit', 'metal'])
    expect(confusion.flat().reduce((a, b) => a + b)).toBe(24)
    expect(accuracy).toBeCloseTo((confusion[0]![0]! + confusion[1]![1]!) / 24)

    const alone = await softprompt(['evaluate', at('kind'), '--data', at('test.csv'), '--zero-shot'])
    expect(alone.stdout).toMatch(/kind on .*test\.csv, 24 examples, without the prompt:\naccuracy 0\.\d{3}/)
    expect(alone.stdout).toMatch(/label ↓ answer →/)
  })

  test('a package for another base is refused', async () => {
    await softprompt(['import', 'test/reference/gqa-tied', '--out', at('tiny')])
    const { code, stderr } = await softprompt(['evaluate', at('kind'), '--data', at('test.csv'), '--model', at('tiny')])
    expect(code).toBe(1)
    expect(stderr).toMatch(/trained for base [0-9a-f]{64} .*this one is [0-9a-f]{64}/)
    expect(stderr).not.toMatch(/ {4}at /)
  })

  test('the data’s mistakes end with code 1, name file and line, and print no stack', async () => {
    writeFileSync(at('bad.jsonl'), '{"text": "a", "label": "b"}\n{"text": "a"\n')
    const { code, stderr, json } = await softprompt(['train', '--task', 'kind', '--train', at('bad.jsonl'), '--out', at('bad'), '--json'])
    expect(code).toBe(1)
    expect(json).toMatchObject({ error: { code: 'invalid_data', message: expect.stringMatching(/bad\.jsonl, line 2/) } })
    expect(stderr).not.toMatch(/ {4}at /)
    expect(existsSync(at('bad'))).toBe(false)
  })

  test.each([
    [['train', '--task', 'kind'], /--train/],
    [['train', '--task', 'Kind!', '--train', 'x.jsonl'], /task's name must be 1 to 64/],
    [['train', '--task', 'kind', '--train', 'x.jsonl', '--learning-rate', 'fast'], /learning-rate.*must be a number/],
    [['train', '--task', 'kind', '--train', 'x.jsonl', '--method', 'magic'], /method.*Allowed choices are prompt, prefix/],
    [['train', '--task', 'kind', '--train', 'x.jsonl', '--template', 'no place'], /must hold \{text\} exactly once/],
    [
      ['train', '--task', 'kind', '--train', at('train.jsonl'), '--out', at('tight'), '--max-tokens', '2'],
      /Cannot use template .*Shorten it/,
    ],
    [['train', '--task', 'kind', '--train', 'x.jsonl', '--verbalizers', 'fruit'], /label=word/],
    [['train', '--task', 'kind', '--train', at('train.jsonl'), '--out', at('kept')], /Cannot keep a checkpoint in .*a folder is there/],
    [['evaluate'], /required option '--data <file>' not specified/],
    [['nonsense'], /unknown command 'nonsense'/],
  ])('wrong use ends with code 2: %s', async (args, message) => {
    const { code, stderr } = await softprompt(args)
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
  })

  test('--help lists every command, and every command has its own', async () => {
    const { stdout, code } = await softprompt(['--help'])
    expect(code).toBe(0)
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name!).filter((name) => name !== 'help')
    expect(commands).toEqual(
      expect.arrayContaining(['import', 'train', 'evaluate', 'adopt', 'publish', 'list', 'show', 'promote', 'rollback', 'delete']),
    )
    for (const command of commands) {
      const help = await softprompt([command, '--help'])
      expect(help.code).toBe(0)
      expect(help.stdout).toMatch(/--json/)
    }
  })
})
