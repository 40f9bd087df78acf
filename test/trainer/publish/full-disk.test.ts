import { execFile, spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { root } from '../../fixtures/root.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { bundledProgram } from '../../fixtures/started-command.ts'
import { writeRandomPrompt } from '../../fixtures/written-prompt.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)

/** Why no disk of a size of our own can be had here: null where it can, as any user of Linux who may make namespaces. */
function whyNoDisk(): string | null {
  mkdirSync(at('tried'))
  const { status, stderr, error } = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'none', at('tried')])
  return status === 0 ? null : `no small disk can be mounted here: ${error?.message ?? String(stderr).trim()}`
}
const reason = whyNoDisk()
if (reason !== null) process.stderr.write(`Skipped: publishing to a full disk, since ${reason}\n`)

beforeAll(async () => {
  await writeRandomPrompt(at('prompt'), await writeSmallModel(at('model')), { task: 'first' })
  for (const [name, weightBytes] of [['whole', 2 ** 22], ['parts', 2 ** 24 + 5]] as const) // biome-ignore format: one thought
    await writeRandomPrompt(at(`on-${name}`), await writeSmallModel(at(name), { name, weightBytes }), { task: name })
})

/** Runs the program's commands one after another, with `disk` mounted that has `size`. Gives the code of each and what it printed. */
async function onDisk(disk: string, size: string, commands: readonly (readonly string[])[]) {
  mkdirSync(at(disk))
  const script = `
    const { execFileSync, spawnSync } = require('node:child_process')
    const [disk, size, program, commands] = process.argv.slice(1)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=' + size, 'none', disk])
    const told = JSON.parse(commands).map((args) => {
      const { status, stdout } = spawnSync(process.execPath, [program, ...args, '--persist-to', disk, '--json'], { encoding: 'utf8' })
      return { code: status, json: JSON.parse(stdout) }
    })
    execFileSync('umount', [disk]) // refused while a process has a file open on it
    console.log(JSON.stringify(told))`
  const args = ['-rm', process.execPath, '-e', script, '--', at(disk), size, bundledProgram(), JSON.stringify(commands)]
  const { stdout } = await promisify(execFile)('unshare', args, { cwd: root })
  return JSON.parse(stdout) as { code: number; json: unknown }[]
}

const publish = (prompt: string, model: string) => ['publish', at(prompt), '--model', at(model)]
const full = (file: string) => ({
  code: 1,
  json: { error: { code: 'storage', message: expect.stringMatching(new RegExp(`^Cannot write models/\\w+/${file} in the bucket: the disk is full`)) } },
}) // biome-ignore format: one thought

test.runIf(reason === null).concurrent.each([
  { name: 'whole', size: '2m', how: 'in one piece' },
  { name: 'parts', size: '12m', how: 'in parts' },
])(
  'what the disk has no room for, sent $how, ends the command with an error, and what was published stays',
  { timeout: 300_000 },
  async ({ name, size }) => {
    const [first, second, listed] = await onDisk(`disk-${name}`, size, [publish('prompt', 'model'), publish(`on-${name}`, name), ['list']])
    expect(first).toMatchObject({ code: 0, json: { task: 'first', changed: true } })
    expect(second).toMatchObject(full('model\\.onnx\\.data'))
    expect(listed).toMatchObject({ code: 0, json: { tasks: [{ task: 'first', problem: null }] } })
  },
)

test.runIf(reason === null)('a disk without room for a bucket at all is told of', async () => {
  const [first] = await onDisk('disk-none', '20k', [publish('prompt', 'model')])
  expect(first).toMatchObject({
    code: 1,
    json: { error: { code: 'storage', message: expect.stringMatching(/^Cannot open local bucket/) } },
  })
})
