import { describe, expect, test } from 'vitest'
import { llama } from '../../../trainer/import/architectures/llama.ts'
import { runIdentity } from '../../../trainer/train/run-identity.ts'
import { type GivenSettings, settingsFor } from '../../../trainer/train/settings.ts'
import { examplesOfTwoKinds } from '../../fixtures/examples.ts'
import { twoLabels } from '../../fixtures/random-prompt.ts'
import { writtenCard } from '../../fixtures/written-card.ts'

const dataset = (examples = examplesOfTwoKinds, file = 'a.jsonl') => ({ file, sha256: '0'.repeat(64), examples })
const [first, second, ...rest] = examplesOfTwoKinds as [{ text: string; label: string }, { text: string; label: string }]
const settings = (given: GivenSettings = {}) => settingsFor(given, 24, llama.defaults)
const run = { model: writtenCard(), labels: twoLabels, train: dataset(), dev: dataset([first]), settings: settings() }
type Run = Parameters<typeof runIdentity>[0]

test('is the same for the same run, wherever its files lie and whatever its model is called', () => {
  const again: Run = {
    model: writtenCard({ name: 'renamed', source: 'elsewhere' }),
    labels: twoLabels.map((label) => ({ ...label })),
    train: { ...dataset(structuredClone(examplesOfTwoKinds), 'b.csv'), sha256: '1'.repeat(64) },
    dev: dataset([first], 'c.csv'),
    settings: settings({ seed: 0, batchSize: 16 }), // as by default
  }
  expect(runIdentity(again)).toBe(runIdentity(run))
  expect(runIdentity(run)).toMatch(/^[0-9a-f]{64}$/)
})

describe('is another', () => {
  const [good, bad] = twoLabels as [(typeof twoLabels)[number], (typeof twoLabels)[number]]
  const changes: [string, Partial<Run>][] = [
    ['for another base', { model: writtenCard({ baseHash: 'b'.repeat(64) }) }],
    ['through another weight format', { model: writtenCard({ weights: 'float32' }) }],
    ['through another graph', { model: writtenCard({ graphVersion: 4 }) }],
    ['where a label has another word', { labels: [{ ...good, verbalizer: ' fine', token: 302 }, bad] }],
    ['where the labels have another order', { labels: [bad, good] }],
    ['where an example is missing', { train: dataset(rest) }],
    ['where the examples have another order', { train: dataset([second, first, ...rest]) }],
    ['where an example has another label', { train: dataset([{ ...first, label: 'metal' }, second, ...rest]) }],
    ['where a text ends elsewhere', { train: dataset([{ text: first.text + first.label, label: '' }, second, ...rest]) }],
    ['where dev is another', { dev: dataset([second]) }],
    ['where train and dev are exchanged', { train: run.dev, dev: run.train }],
    ['with another seed', { settings: settings({ seed: 1 }) }],
    ['with another learning rate', { settings: settings({ learningRate: 0.04 }) }],
    ['with a text to begin from', { settings: settings({ initText: 'Good or bad?' }) }],
    ['with other steps', { settings: settings({ steps: 7 }) }],
  ]

  test.each(changes)('%s', (_, change) => {
    expect(runIdentity({ ...run, ...change })).not.toBe(runIdentity(run))
  })

  test('for each of these', () => {
    expect(new Set(changes.map(([, change]) => runIdentity({ ...run, ...change }))).size).toBe(changes.length)
  })
})
