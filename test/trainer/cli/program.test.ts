import { expect, test } from 'vitest'
import * as table from '../../../trainer/cli/commands/table.ts'
import { runInProcess } from '../../fixtures/run-in-process.ts'

const commands = Object.values(table)
const run = (...args: string[]) => runInProcess(commands, ...args)

/** The commands that `--help` lists, by the heading that they stand under. */
function listed(help: string): Record<string, string[]> {
  const parts = help.split(/^([A-Z][a-z]+):$/m).slice(1)
  const groups = parts.flatMap((heading, i) => (i % 2 === 0 ? [[heading, parts[i + 1]!] as const] : []))
  return Object.fromEntries(groups.map(([heading, lines]) => [heading, [...lines.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name!)]))
}

test('--help lists every command under its group', async () => {
  const { code, stdout } = await run('--help')
  expect(code).toBe(0)
  const { Learn, Publish, Commands, Options } = listed(stdout)
  expect(Learn).toEqual(['adopt', 'check', 'classify', 'compare', 'evaluate', 'import', 'init', 'status', 'train'])
  expect(Publish).toEqual(['delete', 'gc', 'list', 'promote', 'publish', 'rollback', 'serve', 'show'])
  expect(Commands).toEqual(['help']) // commander's own, and none of ours without a group
  expect(Options).toEqual([])
  expect([...Learn!, ...Publish!].sort()).toEqual(Object.keys(table).sort())
})

test.each(Object.keys(table))('%s --help says what it does, and that it can print JSON', async (name) => {
  const { code, stdout } = await run(name, '--help')
  expect(code).toBe(0)
  expect(stdout).toMatch(new RegExp(`^Usage: softprompt ${name} \\[options\\].*\n\n[A-Z][^]+\\.\n`))
  expect(stdout).toContain('--json')
})

test('wrong use ends with 2, says where help is, and is one JSON object where that is asked for', async () => {
  expect(await run('nonsense')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/unknown command 'nonsense'\n\(add --help for the options\)/),
  })
  expect(await run('list', '--remotely')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/unknown option '--remotely'\n.*\(add --help/s),
  })
  const { code, stdout, json } = await run('promote', '--json')
  expect(code).toBe(2)
  expect(json).toEqual({ error: { code: 'usage', message: expect.stringContaining("missing required argument 'task'") } })
  expect(stdout).toBe(`${JSON.stringify(json)}\n`)
})

test('what was typed commands nothing to the terminal that shows it', async () => {
  const typed = 'a\x1b[2Jb\x7f\x9b31m\u202ec'
  for (const args of [[typed], ['list', `--${typed}`], ['train', '--task', typed], ['list', '--json', `--${typed}`]]) {
    const { code, stdout, stderr } = await run(...args)
    expect(code).toBe(2)
    expect(stdout + stderr).toContain('\\u009b31m')
    expect(stdout + stderr).not.toMatch(/[^\P{Cc}\n]|\u202e/u)
  }
})

test('--help marks the options that have to be there', async () => {
  const { stdout } = await run('evaluate', '--help')
  expect(stdout).toMatch(/--data <file>[^-]*\(required\)/)
  expect(stdout).not.toMatch(/--model <dir>[^-]*\(required\)/)
})
