import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { importModel } from '../../trainer/import/import-model.ts'
import type { GivenSettings } from '../../trainer/train/settings.ts'
import { temporaryFolder } from '../fixtures/imported-model.ts'
import { bootstrap, checkpointOf, references } from '../fixtures/reference.ts'
import { writeSmallModel } from '../fixtures/small-model.ts'
import { type Figures, modelFigures, trainingFigures } from './measure.ts'

/**
 * What models, answers, gradients and trainings were, bit for bit, when they were stored. A change of the code's shape changes none of
 * them. Where numbers are meant to change, `STORE_FIGURES=1 npx vitest run test/unchanged` stores them anew.
 */
const file = 'test/unchanged/figures.json'
const stored = (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}) as Record<string, Figures>
const storing = process.env.STORE_FIGURES !== undefined
afterAll(() => {
  if (storing) writeFileSync(file, `${JSON.stringify(stored, null, 2)}\n`)
})

/** The weight formats whose numbers are the same on every machine, in WebAssembly. */
const formats = ['float32', 'int8'] as const

const folder = temporaryFolder()
const packages = Object.fromEntries(
  [...references.map((name) => [name, checkpointOf(name)] as const), ['bootstrap', bootstrap] as const]
    .filter(([, checkpoint]) => existsSync(checkpoint))
    .flatMap(([name, checkpoint]) => formats.map((weights) => [`${name}, ${weights}`, { checkpoint, weights }] as const)),
)

function same(name: string, figures: Figures): void {
  if (storing) stored[name] = figures
  else expect(figures).toEqual(stored[name])
}

/** All its queries share one head of keys and values. */
const sharing = 'one head of keys and values, int8'

async function packageOf(name: string): Promise<string> {
  if (name === 'models/tiny-lm') return name
  const out = join(folder, name.replaceAll(/\W+/g, '-'))
  if (name === sharing && !existsSync(out)) await writeSmallModel(out)
  if (!existsSync(out)) await importModel(packages[name]!.checkpoint, { out, weights: packages[name]!.weights })
  return out
}

describe('models, answers and gradients are bit for bit what they were', () => {
  test.each(['models/tiny-lm', sharing, ...Object.keys(packages)])('%s', async (name) => {
    same(name, await modelFigures(await packageOf(name)))
  })
})

const runs: [string, GivenSettings][] = [
  ['models/tiny-lm', {}],
  ['models/tiny-lm', { method: 'prompt', optimizer: 'adafactor', schedule: 'cosine', init: 'random' }],
  ['gqa-tied, int8', { method: 'prompt', labelSmoothing: 0.1, zLoss: 0.01, weightDecay: 0.01, init: 'vocabulary' }],
  ['gqa-tied, float32', { method: 'prefix', optimizer: 'adafactor', schedule: 'constant', init: 'text', initText: 'It is' }],
  ['mha-untied, float32', { method: 'prompt', head: 'fixed' }],
  ['mha-untied, int8', {}],
]

describe('trainings end in the prompts that they ended in', () => {
  test.each(runs)('%s, %j', async (name, settings) => {
    same(`${name}, ${JSON.stringify(settings)}`, await trainingFigures(await packageOf(name), settings))
  })
})
