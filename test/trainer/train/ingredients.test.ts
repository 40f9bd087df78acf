import { expect, test } from 'vitest'
import packageJson from '../../../package.json' with { type: 'json' }
import { ingredients } from '../../../trainer/train/ingredients.ts'
import { examplesOfTwoKinds } from '../../fixtures/examples.ts'
import { writtenCard } from '../../fixtures/written-card.ts'

type Making = Parameters<typeof ingredients>[0]
const dataset = (examples = examplesOfTwoKinds, file = 'a.jsonl') => ({ file, sha256: '0'.repeat(64), examples })
const making: Making = {
  model: writtenCard(),
  train: dataset(),
  dev: dataset(),
  verbalizers: { a: 'x', b: 'y' },
  settings: { seed: 1, steps: 2 },
}

/** What a change is told by. */
const changed = (change: Partial<Making>) => {
  const [before, after]: Record<string, string>[] = [ingredients(making), ingredients({ ...making, ...change })]
  return Object.keys(before!).filter((name) => before![name] !== after![name])
}

test.each<[string, Partial<Making>, string[]]>([
  ['files of other names with the same examples', { train: dataset(structuredClone(examplesOfTwoKinds), 'b.csv') }, []],
  ['the same settings in another order', { settings: { steps: 2, seed: 1 }, verbalizers: { b: 'y', a: 'x' } }, []],
  ['a setting that is given as undefined', { settings: { seed: 1, steps: 2, method: undefined } as never }, []],
  ['defaults that are spelt out', { settings: { seed: 1, steps: 2, probe: true, method: 'prefix', patience: 5 } }, []],
  ['a probe that is left out', { settings: { seed: 1, steps: 2, probe: false } }, ['the settings']],
  ['a model of another name', { model: writtenCard({ name: 'other' }) }, []],
  ['another setting', { settings: { seed: 2, steps: 2 } }, ['the settings']],
  ['another word', { verbalizers: { a: 'x', b: 'z' } }, ['the settings']],
  ['another model', { model: writtenCard({ baseHash: 'b'.repeat(64) }) }, ['the model']],
  ['an example less', { train: dataset(examplesOfTwoKinds.slice(1)) }, ['the training data']],
  ['dev held out', { dev: undefined }, ['the dev data']],
])('of %s', (_, change, wanted) => {
  expect(changed(change)).toEqual(wanted)
})

test('the program’s version is among them', () => {
  expect(ingredients(making).softprompt).toBe(packageJson.version)
})
