import { expect, test, vi } from 'vitest'
import { type AddCommand, run as commandRun } from '../../../trainer/cli/command.ts'
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
  const { Learn, Publish, Shell, Commands, Options } = listed(stdout)
  expect(Learn).toEqual(['adopt', 'calibrate', 'check', 'classify', 'compare', 'evaluate', 'import', 'init', 'report', 'status', 'train'])
  expect(Publish).toEqual(['delete', 'gc', 'list', 'promote', 'publish', 'rollback', 'serve', 'show'])
  expect(Shell).toEqual(['completion'])
  expect(Commands).toEqual(['help']) // commander's own, and none of ours without a group
  expect(Options).toEqual([])
  expect([...Learn!, ...Publish!, ...Shell!].sort()).toEqual(Object.keys(table).sort())
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

const told: AddCommand = (program) => {
  program
    .command('tell')
    .option('--json', 'print one JSON object')
    .action((flags: { json?: true }) =>
      commandRun(flags.json === true, async ({ log, warn, status }) => {
        log('a note')
        status('some progress')
        warn('something is odd')
        return { json: { done: true }, text: 'done' }
      }),
    )
}

test.each([
  [['tell'], 'a note\nWarning: something is odd\n'],
  [['tell', '--quiet'], 'Warning: something is odd\n'],
  [['tell', '-q'], 'Warning: something is odd\n'],
  [['--quiet', 'tell'], 'Warning: something is odd\n'],
])('%j tells what was asked for, and its result', async (args, stderr) => {
  expect(await runInProcess([told], ...args)).toMatchObject({ code: 0, stdout: 'done\n', stderr })
  expect(await runInProcess([told], ...args, '--json')).toMatchObject({ code: 0, stdout: '{"done":true}\n', stderr })
})

test('--quiet keeps failures, and is in the help of every command', async () => {
  const failed = await run('publish', 'test/nowhere', '--quiet')
  expect(failed).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^softprompt: .*test\/nowhere/) })
  for (const name of Object.keys(table)) expect((await run(name, '--help')).stdout).toMatch(/--quiet/)
})

test('colours go where FORCE_COLOR asks for them, and never into JSON', async () => {
  vi.stubEnv('FORCE_COLOR', '1')
  expect(await runInProcess([told], 'tell', '--json')).toMatchObject({
    stdout: '{"done":true}\n',
    stderr: 'a note\n\x1b[33mWarning:\x1b[39m something is odd\n',
  })
  const { stdout, stderr } = await run('publish', 'test/nowhere', '--json')
  expect(stderr.startsWith('\x1b[31msoftprompt:\x1b[39m Cannot')).toBe(true)
  expect(stdout).not.toContain('\\u001b')
})
