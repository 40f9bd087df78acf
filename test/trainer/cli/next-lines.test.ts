import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import * as commands from '../../../trainer/cli/commands/table.ts'
import { invocation } from '../../../trainer/cli/next.ts'
import { examplesOfTwoKinds, linesOf } from '../../fixtures/examples.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { configPath } from '../../fixtures/local-bucket.ts'
import { checkpointOf } from '../../fixtures/reference.ts'
import { type Ran, runInProcess } from '../../fixtures/run-in-process.ts'

const folder = join(temporaryFolder(), "it's here; now")
const at = (name: string) => join(folder, name)
const run = (...args: string[]) => runInProcess(Object.values(commands), ...args)
const quick = ['--steps', '2', '--evaluate-every', '2', '--virtual-tokens', '2', '--threads', '1', '--no-probe']
/** What a test adds to a command, so that it ends soon and leaves nothing in the checkout. */
const besides: Record<string, string[]> = {
  train: [...quick, '--out', at('next')],
  publish: ['--persist-to', at('state'), '--config', configPath],
}

/** The words of each line that a command printed to go on with, as a shell reads them. */
function nextLines({ stdout, stderr }: Ran): string[][] {
  const [, printed] = stdout.split('\nNext:\n')
  expect(printed, stderr).toBeDefined()
  return printed!
    .trimEnd()
    .split('\n')
    .map((line) => {
      const called = `  ${invocation()} `
      expect(line.startsWith(called)).toBe(true)
      return execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${line.slice(called.length)}`])
        .toString()
        .split('\0')
        .slice(0, -1)
    })
}

beforeAll(() => {
  mkdirSync(folder)
  for (const name of ['train.jsonl', 'test.jsonl']) writeFileSync(at(name), linesOf(examplesOfTwoKinds))
  const cells = examplesOfTwoKinds.map(({ text, label }) => `${label};${text}\n`).join('')
  for (const name of ['a-train.csv', 'a-test.csv']) writeFileSync(at(name), `its kind;what was said\n${cells}`)
})

describe('what a command prints to go on with works when it is pasted', () => {
  test.each([
    ['import', ['import', checkpointOf('gqa-tied'), '--out', at('model')], ['train']],
    [
      'train',
      ['train', '--model', at('model'), '--task', 'kind', '--train', at('train.jsonl'), '--out', at('kind'), ...quick],
      ['classify', 'evaluate', 'publish'],
    ],
    [
      'train on columns of other names',
      [
        'train',
        '--model',
        at('model'),
        '--task',
        'kind',
        '--train',
        at('a-train.csv'),
        '--out',
        at('named'),
        ...quick,
        '--text-column',
        'what was said',
        '--label-column',
        'its kind',
      ],
      ['classify', 'evaluate', 'publish'],
    ],
    [
      'adopt',
      [
        'adopt',
        'test/reference/peft/gqa-tied-prefix',
        '--task',
        'old',
        '--labels',
        'a,b',
        '--template',
        '{text}',
        '--model',
        at('model'),
        '--out',
        at('old'),
      ],
      ['classify', 'publish'],
    ],
  ])('after %s', { timeout: 120_000 }, async (_, args, names) => {
    const lines = nextLines(await run(...args))
    expect(lines.map(([name]) => name)).toEqual(names)
    for (const line of lines) {
      const { code, stderr } = await run(...line, ...(besides[line[0]!] ?? []))
      expect(code, `${line.join(' ')}\n${stderr}`).toBe(0)
    }
  })
})
