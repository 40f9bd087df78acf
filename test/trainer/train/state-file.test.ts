import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildSync } from 'esbuild'
import { beforeAll, expect, test } from 'vitest'
import { possibleCriteria } from '../../../trainer/evaluate/better.ts'
import type { TrainingState } from '../../../trainer/train/state.ts'
import { checkStateFile, loadState, saveState } from '../../../trainer/train/state-file.ts'
import { endedOwner, runningOwner } from '../../fixtures/owners.ts'

const folder = mkdtempSync(join(tmpdir(), 'checkpoint-'))
const bundle = join(folder, 'state-file.mjs')

const figures = Object.fromEntries(possibleCriteria.map((name) => [name, 0.5]))
const state = (step: number, size = 8): TrainingState => ({
  run: 'this run',
  step,
  best: { step: 1, metrics: { ...figures, majority: 0.5 } },
  stale: 2,
  losses: [1 / 3, step],
  learned: true,
  computedBy: 'this machine',
  variables: { prompt: { shape: [2, size / 2], data: new Float32Array(size).fill(step) } },
  optimizer: { 'prompt.mean': { shape: [size], data: Float32Array.from({ length: size }, (_, i) => i / 3) } },
  bestVariables: {},
})

beforeAll(() => {
  buildSync({
    entryPoints: ['trainer/train/state-file.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: bundle,
    logLevel: 'error',
  })
})

test('what is saved comes back bit for bit', () => {
  const path = join(folder, 'a.checkpoint')
  saveState(path, state(7))
  expect(loadState(path, 'this run')).toEqual(state(7))
})

test('the checkpoint of a version that measured less, or more, goes on; one without what the best step is chosen by is refused', () => {
  const path = join(folder, 'versions.checkpoint')
  const measured = (metrics: object) => {
    saveState(path, { ...state(7), best: { step: 1, metrics } })
    return loadState(path, 'this run').best?.metrics
  }
  expect(measured(figures)).toEqual(figures)
  expect(measured({ ...figures, unheardOf: 1 })).toEqual({ ...figures, unheardOf: 1 })

  const before = readFileSync(path, 'latin1')
  writeFileSync(path, before.replace('accuracy', 'accurate'), 'latin1')
  expect(() => loadState(path, 'this run')).toThrow(/versions\.checkpoint: field best\.metrics is wrong: lacks accuracy.*without --resume/)
})

test('the checkpoint of a version that kept no losses is refused', () => {
  const path = join(folder, 'before.checkpoint')
  saveState(path, { ...state(7), losses: [] })
  const stored = readFileSync(path, 'latin1')
  const without = stored.replace(/,\\"losses\\":\[\]/, (found) => ' '.repeat(found.length))
  expect(without).not.toBe(stored)
  writeFileSync(path, without, 'latin1')
  expect(() => loadState(path, 'this run')).toThrow(
    /before\.checkpoint: field losses is wrong: is not there: an earlier version made it.*without --resume/,
  )
})

test('another run, a missing file and a damaged one are told apart', () => {
  const path = join(folder, 'b.checkpoint')
  expect(() => loadState(path, 'this run')).toThrow(/there is no checkpoint.*Leave out --resume/)
  saveState(path, state(7))
  expect(() => loadState(path, 'another run')).toThrow(/another model, other data, another split or other settings/)
  writeFileSync(path, readFileSync(path).subarray(0, 300))
  expect(() => loadState(path, 'this run')).toThrow(/Cannot read .*b\.checkpoint/)
})

test('a process killed while it writes leaves a whole checkpoint', async () => {
  const path = join(folder, 'c.checkpoint')
  const script = `
    import { saveState } from ${JSON.stringify(pathToFileURL(bundle).href)}
    const size = 400000
    for (let step = 1; ; step++) {
      saveState(${JSON.stringify(path)}, { run: 'this run', step, best: null, stale: 0, losses: [], learned: false, computedBy: '', optimizer: {}, bestVariables: {},
        variables: { prompt: { shape: [size], data: new Float32Array(size).fill(step) } } })
      if (step === 2) console.log('writing')
    }`
  let seen = 0
  for (let round = 0; round < 6; round++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    for (let i = 0; i < round * 7; i++) await new Promise(setImmediate) // another moment each round
    child.kill('SIGKILL')
    await once(child, 'exit')
    const { step, variables } = loadState(path, 'this run')
    expect(step).toBeGreaterThanOrEqual(2)
    expect(variables.prompt!.data.every((value) => value === step)).toBe(true)
    seen++
  }
  expect(seen).toBe(6)

  // what it was writing is removed by the next run, and what a running process writes, or a user has made, is not
  const { owner, end } = await runningOwner()
  const left = [`c.checkpoint.${await endedOwner()}.tmp`, `c.checkpoint.${owner}.tmp`, 'c.checkpoint.mine.tmp', 'c.checkpoint.1.tmp']
  for (const name of left) writeFileSync(join(folder, name), 'half')
  checkStateFile(path)
  expect(readdirSync(folder).filter((name) => name.startsWith('c.'))).toEqual(['c.checkpoint', ...left.slice(1)].toSorted())
  await end()
  checkStateFile(path)
  expect(readdirSync(folder)).not.toContain(left[1])
})

test('a link that leads to itself is replaced', () => {
  const path = join(folder, 'link.checkpoint')
  symlinkSync(path, path)
  checkStateFile(path)
  saveState(path, state(7))
  expect(loadState(path, 'this run')).toEqual(state(7))
})

test('a disk that is full leaves the checkpoint before it, says so, and leaves nothing beside it', () => {
  const path = join(folder, 'full', 'd.checkpoint')
  saveState(path, state(7))
  const script = `
    import { saveState } from ${JSON.stringify(pathToFileURL(bundle).href)}
    try { saveState(${JSON.stringify(path)}, { run: 'this run', step: 8, best: null, stale: 0, losses: [], learned: false, computedBy: '', optimizer: {}, bestVariables: {},
      variables: { prompt: { shape: [400000], data: new Float32Array(400000) } } }) } catch (error) { console.log(error.code, error.message) }`
  const limited = spawnSync('bash', ['-c', 'ulimit -f 64; exec "$0" --input-type=module -e "$1"', process.execPath, script], {
    encoding: 'utf8',
  })
  expect(limited.stdout).toMatch(/storage Cannot write checkpoint .*The checkpoint before it is whole: fix this/)
  expect(loadState(path, 'this run')).toEqual(state(7))
  expect(readdirSync(join(folder, 'full'))).toEqual(['d.checkpoint'])
})
