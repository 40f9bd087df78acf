import { expect, test } from 'vitest'
import type { Attack, Options } from '../attack/attack.ts'
import { type Counts, Findings } from '../attack/findings.ts'
import * as attacks from '../attack/table.ts'
import { shell } from '../fixtures/npm.ts'

/** What an attack finds with these in place of its defaults. */
async function found({ run, options }: Attack, changed: Options): Promise<Counts & Record<string, unknown>> {
  const told: string[] = []
  const findings = new Findings((line) => told.push(line))
  const figures = await run(findings, { ...options, ...changed })
  expect(findings.failed, told.join('\n')).toBe(false)
  return { ...findings.total, ...figures }
}

const { files, kills, load, schema, sockets } = attacks

test('files: every command refuses what is spoilt', { timeout: 300_000 }, async () => {
  expect(await found(files, { cases: 40 })).toMatchObject({ cases: 40 })
})

test('kills: what is there is whole or as before', { timeout: 300_000 }, async () => {
  expect(await found(kills, { train: 1, import: 1, publish: 0, project: 1, publishProject: 1 })).toMatchObject({
    cases: 4,
    train: { before: expect.any(Number) },
  })
})

test('load: every answer is the single one', { timeout: 300_000 }, async () => {
  const { cases, refusals } = await found(load, { calls: 70, crowd: 5, room: 200 })
  expect(cases).toBeGreaterThan(70)
  expect(refusals).toBeGreaterThan(0)
})

test('sockets: honest calls are answered among those that are none', { timeout: 300_000 }, async () => {
  const { cases } = await found(sockets, { each: 2, atOnce: 16 })
  expect(cases).toBeGreaterThan(22)
})

// a Python package has to be installed
test.runIf(process.env.CI)('schema: every answer to a generated call is documented', { timeout: 600_000 }, async () => {
  const { cases } = await found(schema, { cases: 250 })
  expect(cases).toBeGreaterThanOrEqual(250)
})

test('npm run attack says what there is, and refuses what there is not', async () => {
  const helped = await shell('npm run --silent attack -- --help')
  expect(helped).toMatchObject({ code: 0, stderr: '' })
  for (const name of Object.keys(attacks)) expect(helped.stdout).toContain(`  ${name} `)
  expect(await shell('npm run --silent attack -- siege')).toMatchObject({ code: 2, stderr: expect.stringContaining('no attack siege') })
})
