import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { DifferentiableModel } from '../../../trainer/autodiff/differentiable-model.ts'
import { openModel } from '../../../trainer/import/open-model.ts'
import { prepareJob } from '../../../trainer/train/prepare-job.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { drain } from '../../fixtures/training.ts'

const directory = join(temporaryFolder(), 'model')
await writeSmallModel(directory)
const model = await DifferentiableModel.open(openModel(directory), { threads: 1 })
afterAll(() => model.close())

const dataset = (file: string, length: number) => ({
  ...{ file, sha256: '' },
  examples: Array.from({ length }, (_, n) => ({
    text: `${file} ${n}`,
    label: n < 9 ? 'rare' : n % 2 === 0 ? 'even' : 'odd',
  })),
})
const prepared = async (train: number, dev: number, probe = true) => {
  const job = { model, train: dataset('train', train), dev: dataset('dev', dev), verbalizers: {}, settings: { probe } }
  const { events, result } = await drain(prepareJob(job))
  return { ...result, told: events.flatMap((event) => (event.type === 'warning' ? [event.message] : [])).join('\n') }
}

describe('of more examples than a probe and an evaluation look at', () => {
  test('some are taken, with every label among them, which is told', async () => {
    const { probed, names, dev, told } = await prepared(30_000, 12_000)
    const rare = names.indexOf('rare')
    expect(probed).toHaveLength(20_000)
    expect(probed.filter(({ right }) => right === rare).length).toBeGreaterThanOrEqual(8)
    expect(dev.examples).toHaveLength(10_000)
    expect(dev.examples.some(({ label }) => label === 'rare')).toBe(true)
    expect(told).toContain('the linear probe learns from 20000 of the 30000 examples, with all labels among them')
    expect(told).toContain('dev has 12000 examples: 10000 of them are looked at, with all labels among them')
  })

  test('nothing is told of a probe that is left out', async () => {
    expect((await prepared(20_001, 10, false)).told).not.toContain('probe')
  })
})

test('of no more, all are', async () => {
  const { probed, dev, told } = await prepared(1000, 500)
  expect([probed.length, dev.examples.length]).toEqual([1000, 500])
  expect(told).not.toContain('of them')
})
