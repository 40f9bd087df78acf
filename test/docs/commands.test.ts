import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as commands from '../../trainer/cli/commands/table.ts'
import { settingsOptions } from '../../trainer/cli/settings-options.ts'
import { possibleCriteria } from '../../trainer/evaluate/better.ts'
import { TrainingSettings } from '../../trainer/train/settings.ts'
import { temporaryFolder } from '../fixtures/imported-model.ts'
import { root } from '../fixtures/root.ts'
import { runInProcess } from '../fixtures/run-in-process.ts'
import { servedHere } from '../fixtures/served-here.ts'
import { writeSmallModel } from '../fixtures/small-model.ts'

// The commands of these pages, with a small model, a few steps, and a service of this process in place of the one that is deployed.

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const page = (name: string) => readFileSync(join(root, `docs/${name}.md`), 'utf8')
const linesOf = (name: string) => [...page(name).matchAll(/^npx softprompt (.*)$/gm)].map(([, words]) => words!)
const quick = ['--model', at('model'), '--steps', '2', '--evaluate-every', '2', '--virtual-tokens', '2', '--threads', '1']
let served: Awaited<ReturnType<typeof servedHere>>

/** A line's words as a shell has them, with what stands for them here. */
const wordsOf = (line: string) =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, word]) => {
    if (word === undefined) return (single ?? double)!
    if (word === 'test.csv') return 'examples/support-routing/test.jsonl'
    return word.replace(/^runs\//, at('runs/')).replace('https://softprompt.example.workers.dev', served.url.replace(/\/$/, ''))
  })
const run = (words: readonly string[]) => runInProcess(Object.values(commands), ...words, ...(words[0] === 'train' ? quick : []))

beforeAll(async () => {
  await writeSmallModel(at('model'))
  const train = ['train', '--task', 'routing', '--train', 'examples/support-routing/dev.jsonl']
  const { code, stderr } = await run([...train, '--out', at('runs/routing')])
  expect(code, stderr).toBe(0)
  cpSync(at('runs/routing'), at('runs/routing-probe'), { recursive: true })
  mkdirSync(at('store'))
  served = await servedHere(at('store'), [{ prompt: at('runs/routing'), model: at('model') }])
}, 60_000)
afterAll(() => served.close())

describe.each(['evaluate', 'training'])('docs/%s.md', (name) => {
  test.each(linesOf(name))('softprompt %s', { timeout: 60_000 }, async (line) => {
    const { code, stdout, stderr } = await run(wordsOf(line))
    expect(code, stdout + stderr).toBe(0)
    expect(stdout).not.toBe('')
  })

  test('names no option that there is not', () => {
    expect(linesOf(name).length).toBeGreaterThan(3)
    const known = settingsOptions(TrainingSettings).map(({ long }) => long!)
    const others = ['--task', '--train', '--dev', '--out', '--data', '--url', '--key', '--json', '--help', '--report', '--zero-shot']
    const ours = page(name).replace(/`npm run bench [^`]+`/g, '') // whose options are its own
    for (const [flag] of ours.matchAll(/--[a-z][a-z-]+/g)) expect([...known, ...others]).toContain(flag)
  })
})

test('docs/training.md names everything that a step may be chosen by', () => {
  for (const criterion of possibleCriteria) expect(page('training')).toContain(`\`${criterion}\``)
})

test('the README names every command', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  for (const name of Object.keys(commands)) expect(readme).toMatch(new RegExp(`^\\| .*\`${name}[ \`]`, 'm'))
})
