import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DifferentiableModel } from '../../../trainer/autodiff/differentiable-model.ts'
import { renderTogether } from '../../../trainer/cli/render-together.ts'
import { tellingOn } from '../../../trainer/cli/told.ts'
import { openModel } from '../../../trainer/import/open-model.ts'
import { runTogether } from '../../../trainer/train/run-together.ts'
import { asStream, Screen } from '../../fixtures/screen.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'

test('of two tasks that learn together, and one whose file is no good, each is seen and told of', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'softprompt-rendered-'))
  await writeSmallModel(join(folder, 'model'))
  const model = await DifferentiableModel.open(openModel(join(folder, 'model')), { threads: 1 })
  const { signal } = new AbortController()
  const examples = ['cat', 'dog', 'cow', 'Rome', 'Oslo', 'Bern'].map((text, i) => ({ text, label: i < 3 ? 'animal' : 'place' }))
  const data = { file: 'some.jsonl', sha256: '0'.repeat(64), examples }
  const job = (task: string, dev = data) => ({
    ...{ model, task, train: data, dev, out: join(folder, task), verbalizers: {}, resume: false, signal },
    settings: { steps: 200, evaluateEvery: 20, batchSize: 2, virtualTokens: 2, patience: 100, minLoss: 0 }, // long enough to be drawn
  })
  const bad = { ...data, file: 'bad.jsonl', examples: [{ text: 'x', label: 'nothing' }] }
  const screen = new Screen()
  const { close: _, ...told } = tellingOn(asStream(screen), { quiet: false })
  const outcomes = await renderTogether(runTogether([job('first'), job('second'), job('third', bad)]), ['first', 'second', 'third'], told)
  await model.close()
  const ends = (await screen.history()).filter((line) => /^\w+: [✓✗]/.test(line))
  expect(ends.sort()).toEqual([
    expect.stringMatching(/^first: ✓ dev accuracy \d\.\d{3}, loss \d\.\d{3} \(\w+(, step \d+ of 200)?\)$/),
    expect.stringMatching(/^second: ✓ dev accuracy /),
    expect.stringMatching(/^third: ✗ .*bad\.jsonl/),
  ])
  expect(screen.written).toMatch(/first +(━|╌)+ {2}loss \d\.\d{3} {2}dev /)
  expect(outcomes).toMatchObject([
    { task: 'first', written: { steps: 200 } },
    { task: 'second', written: { steps: 200 } },
    { task: 'third', error: { code: 'invalid_data' } },
  ])
})
