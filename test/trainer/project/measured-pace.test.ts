import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { measuredPace } from '../../../trainer/project/measured-pace.ts'
import { planTask } from '../../../trainer/project/plan.ts'
import type { PlannedTask } from '../../../trainer/project/project-tasks.ts'
import type { GivenSettings } from '../../../trainer/train/settings.ts'
import { examplesOfTwoKinds, linesOf } from '../../fixtures/examples.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
await writeSmallModel(at('model'))
const kinds = examplesOfTwoKinds.map(({ text, label }, n) => ({ text, label: n < 23 ? label : 'rare' }))
writeFileSync(at('one.jsonl'), linesOf(kinds))
writeFileSync(at('several.jsonl'), linesOf(kinds.map((example) => ({ ...example, label: undefined as never, labels: [example.label] }))))
const plan = (file: string, settings: GivenSettings, verbalizers = {}) => {
  const task: PlannedTask = { name: 'kind', model: at('model'), out: at('out'), train: [at(file)], dev: null, test: null, columns: { text: 'text', label: 'label' }, verbalizers, minimum: {}, settings } // biome-ignore format: one task
  return planTask(task, { force: false, learning: true })
}
const { signal } = new AbortController()

test.each<[string, string, GivenSettings, object?]>([
  ['with the defaults', 'one.jsonl', {}],
  [
    'with settings that depend on the labels',
    'one.jsonl',
    { classWeights: { rare: 2 }, precision: 0.9, thresholds: 'label', headInit: 'probe', batchSize: 2 },
    { rare: 'seldom' },
  ],
  ['of several labels a text', 'several.jsonl', { batchSize: 64, chooseBy: 'loss' }],
  ['without a probe, by vectors', 'one.jsonl', { method: 'prompt', probe: false, steps: 1 }],
])('a pace is measured %s', async (_, file, settings, verbalizers) => {
  // biome-ignore format: a table
  const pace = await measuredPace([await plan(file, settings, verbalizers)], { signal, threads: 1 })
  expect(pace).toBeGreaterThan(0)
  expect(pace).toBeLessThan(Number.POSITIVE_INFINITY)
})

test('none is of what is not learned step by step, and it can be stopped', async () => {
  expect(await measuredPace([await plan('one.jsonl', { method: 'probe' })], { signal })).toBeNull()
  expect(await measuredPace([], { signal })).toBeNull()
  await expect(measuredPace([await plan('one.jsonl', {})], { signal: AbortSignal.abort(), threads: 1 })).rejects.toMatchObject({
    code: 'interrupted',
  })
})
