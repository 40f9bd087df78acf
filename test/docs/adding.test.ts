import { spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type Ended, runNode } from '../fixtures/child-process.ts'
import { compileSources } from '../fixtures/compile-sources.ts'
import { checkpointOf } from '../fixtures/reference.ts'
import { root } from '../fixtures/root.ts'

/** Where the page says that code goes, in its order. */
const page = readFileSync(join(root, 'docs/adding.md'), 'utf8')
const placed = [...page.matchAll(/^(New file|Line in) `([^`]+)`:\n\n```ts\n([\s\S]*?)```/gm)].map(([, kind, path, code]) => ({ kind, path: path!, code: code! })) // biome-ignore format: one thought
const copy = mkdtempSync(join(tmpdir(), 'softprompt-adding-'))
const sources = ['shared', 'trainer', 'worker']
const at = (name: string) => join(copy, name)

afterAll(() => rmSync(copy, { recursive: true, force: true }))

/** Runs the command line of sources compiled to `compiled`. */
const softprompt = (compiled: string, ...args: string[]): Promise<Ended> => runNode(join(compiled, 'trainer/cli/softprompt.js'), args)

/** The object on the last line of a command that must succeed. */
async function answered(compiled: string, ...args: string[]): Promise<ReturnType<typeof JSON.parse>> {
  const { code, stdout, stderr } = await softprompt(compiled, ...args, '--json')
  expect(stderr).not.toMatch(/^ {4}at /m)
  expect(code, `${stdout}\n${stderr}`).toBe(0)
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!)
}

const check = (...args: string[]) => spawnSync(process.execPath, args, { cwd: copy, encoding: 'utf8' })

test('every entry of docs/adding.md is a file and a line, and with them all it imports, trains, evaluates and answers', {
  timeout: 180_000,
}, async () => {
  expect(placed.filter(({ kind }) => kind === 'New file')).toHaveLength(13)
  expect(placed.filter(({ kind }) => kind === 'Line in').every(({ path, code }) => path.endsWith('/table.ts') && code.split('\n').length === 2)).toBe(true) // biome-ignore format: one thought

  for (const folder of sources) cpSync(join(root, folder), at(folder), { recursive: true })
  for (const file of ['package.json', 'tsconfig.json', 'test/check-names.mjs']) cpSync(join(root, file), at(file))
  symlinkSync(join(root, 'node_modules'), at('node_modules'), 'junction')
  const before = compileSources({ from: copy, folders: ['shared', 'trainer'] })
  for (const { kind, path, code } of placed) kind === 'Line in' ? appendFileSync(at(path), code) : writeFileSync(at(path), code, { flag: 'wx' }) // biome-ignore format: one thought

  expect(check('node_modules/typescript/bin/tsc', '-p', '.').stdout).toBe('')
  expect(check('test/check-names.mjs').stderr).toBe('')

  mkdirSync(at('checkpoint'))
  cpSync(checkpointOf('gqa-tied'), at('checkpoint'), { recursive: true })
  const config = JSON.parse(readFileSync(at('checkpoint/config.json'), 'utf8'))
  writeFileSync(at('checkpoint/config.json'), JSON.stringify({ ...config, model_type: 'parrot' }))
  const rows = ['cat animal', 'dog animal', 'horse animal', 'Paris place', 'Rome place', 'Berlin place'].map((row) =>
    row.replace(/^(\w+) (\w+)$/, '__label__$2 $1'),
  )
  writeFileSync(at('train.ft'), rows.join('\n'))
  const training = [
    'train',
    '--task',
    'kinds',
    '--train',
    at('train.ft'),
    '--dev',
    at('train.ft'),
    '--model',
    at('model'),
    '--out',
    at('kinds'),
  ]
  const settings = ['--method', 'scaled', '--objective', 'capped', '--init', 'halves', '--optimizer', 'sgd', '--schedule', 'quadratic']
  const sizes = ['--virtual-tokens', '3', '--max-tokens', '16', '--steps', '3', '--no-probe']

  // without the lines none of it is there
  expect(await softprompt(before, 'import', at('checkpoint'), '--out', at('none'))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('parrot'),
  })
  expect(await softprompt(before, ...training, ...settings)).toMatchObject({ code: 2 })

  const compiled = compileSources({ from: copy, folders: ['shared', 'trainer'] })
  await answered(compiled, 'import', at('checkpoint'), '--weights', 'coarse', '--out', at('model'))
  expect(JSON.parse(readFileSync(at('model/model.json'), 'utf8'))).toMatchObject({
    family: 'echo',
    architecture: 'parrot',
    weights: 'coarse',
    tolerance: 0.01,
  })
  expect(await answered(compiled, 'sizes', at('model'))).toMatchObject({ sizes: { layers: config.num_hidden_layers } })

  const { dev } = await answered(compiled, ...training, ...settings, ...sizes)
  expect(dev.errors).toBeCloseTo(1 - dev.accuracy)
  const card = JSON.parse(readFileSync(at('kinds/prompt.json'), 'utf8'))
  expect(card).toMatchObject({
    kind: 'table',
    method: 'scaled',
    settings: { objective: 'capped', init: 'halves', optimizer: 'sgd', schedule: 'quadratic' },
  })

  writeFileSync(at('kinds/prompt.json'), JSON.stringify({ ...card, readout: 'end', answer: { type: 'certain', version: 1 } }))
  expect(await answered(compiled, 'evaluate', at('kinds'), '--data', at('train.ft'), '--model', at('model'))).toMatchObject({
    examples: 6,
    accuracy: dev.accuracy,
  })

  for (const folder of [before, compiled]) rmSync(folder, { recursive: true, force: true })
})
