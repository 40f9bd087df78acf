import { expect, test } from 'vitest'
import * as table from '../../../trainer/cli/commands/table.ts'
import { completions } from '../../../trainer/cli/completions.ts'
import { program } from '../../../trainer/cli/program.ts'
import { runInProcess } from '../../fixtures/run-in-process.ts'

const commands = Object.values(table)
const packages = () => ['runs/routing', 'runs/spam']
const complete = (...words: string[]) => completions(program(commands), words, packages)
const valuesOf = (...words: string[]) => complete(...words).values.map(({ value }) => value)

test('the first word is a command', () => {
  expect(valuesOf('')).toEqual(expect.arrayContaining([...Object.keys(table), 'help']))
  expect(valuesOf('')).not.toContain('complete') // which is for shells
  expect(complete('tr')).toEqual({
    values: [{ value: 'train', description: expect.stringMatching(/^Learn a soft prompt from a file of examples.*…$/) }],
    paths: 'none',
  })
  expect(valuesOf()).toEqual(valuesOf(''))
  expect(valuesOf('help', 'tr')).toEqual(['train'])
  expect(valuesOf('nonsense', 'x')).toEqual([])
})

test('options are those of the command and of the whole program', () => {
  expect(valuesOf('train', '--tr')).toEqual(['--train'])
  expect(valuesOf('train', '--no-')).toEqual(['--no-probe'])
  expect(valuesOf('list', '--')).toEqual(expect.arrayContaining(['--remote', '--json', '--help', '--quiet']))
  expect(valuesOf('list', '--')).not.toContain('--train')
  expect(valuesOf('--q')).toEqual(['--quiet'])
})

test.each([
  [
    ['train', '--method', ''],
    ['prefix', 'probe', 'prompt'],
  ],
  [
    ['train', '--method', 'pro'],
    ['probe', 'prompt'],
  ],
  [['train', '--method=pre'], ['prefix']],
  [['train', '--method', 'probe', '--met'], ['--method']],
  [['import', '--weights', 'i'], ['int8']],
  [
    ['completion', ''],
    ['bash', 'fish', 'zsh'],
  ],
  [['train', '--steps', ''], []],
  [['train', '--unknown', ''], []],
  [['train', '--unknown=', ''], []],
  [['train', '--unknown=x'], []],
])('behind %j stand the choices that there are', (words, expected) => {
  expect(valuesOf(...words).sort()).toEqual(expected)
})

test.each([
  [['train', '--train', ''], 'files'],
  [['train', '--dev=x'], 'files'],
  [['train', '--model', ''], 'folders'],
  [['import', ''], 'folders'],
  [['import', '--report', ''], 'files'],
  [['train', '--task', ''], 'none'],
  [['train', ''], 'none'],
  [['classify', 'runs/routing', ''], 'none'],
  [['list', '--store', ''], 'folders'],
] as const)('behind %j stand names of %s', (words, paths) => {
  expect(complete(...words)).toEqual({ values: [], paths })
})

test('a package is one of those that were trained here, or any folder', () => {
  expect(valuesOf('evaluate', '')).toEqual(packages())
  expect(complete('publish', '--local', 'runs/r')).toEqual({
    values: [{ value: 'runs/routing', description: 'a prompt package' }],
    paths: 'none',
  })
  expect(complete('publish', 'other/')).toEqual({ values: [], paths: 'folders' })
  expect(valuesOf('import', 'x', '--prompt', '')).toEqual(packages())
  expect(valuesOf('evaluate', 'runs/routing', '')).toEqual([]) // it takes one
  expect(valuesOf('evaluate', '--', 'runs/s')).toEqual(['runs/spam'])
})

test('an option whose value may be left out wants none before the next option', () => {
  expect(valuesOf('import', '--report', '--js')).toEqual(['--json'])
  expect(valuesOf('import', '--report', '--weights', 'q')).toEqual(['q4', 'q8'])
})

test('the answer to a shell is a line a value, and one for paths', async () => {
  const { code, stdout, stderr } = await runInProcess(commands, 'complete', '--', 'train', '--method', 'pref')
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'prefix\t\n:none\n', stderr: '' })
  expect((await runInProcess(commands, 'complete', '--', 'train', '--train', '')).stdout).toBe(':files\n')
  const all = await runInProcess(commands, 'complete', '--', 'train', '--')
  for (const line of all.stdout.trimEnd().split('\n').slice(0, -1)) expect(line).toMatch(/^--[\w-]+\t[^\t]{1,80}$/)
})

test('a script is printed for a shell that there is one for', async () => {
  const { stdout, json } = await runInProcess(commands, 'completion', 'zsh', '--json')
  expect(json).toMatchObject({ shell: 'zsh', script: expect.stringContaining('#compdef softprompt') })
  expect(stdout.trimEnd().split('\n')).toHaveLength(1)
  expect((await runInProcess(commands, 'completion', 'bash')).stdout).toContain('complete -o default -F _softprompt softprompt')
  expect(await runInProcess(commands, 'completion', 'cmd')).toMatchObject({ code: 2, stdout: '' })
})
