import { afterAll, describe, expect, test } from 'vitest'
import type { FrozenModel } from '../../../shared/engine/frozen-model.ts'
import { labelScores } from '../../../shared/engine/scores.ts'
import { openFrozen } from '../../../trainer/import/open-frozen.ts'
import type { OpenedModel } from '../../../trainer/import/open-model.ts'
import { wordHead } from '../../../trainer/import/word-head.ts'
import { imported, temporaryFolder } from '../../fixtures/imported-model.ts'
import { checkpointOf, cosine, relativeError } from '../../fixtures/reference.ts'

const folder = temporaryFolder()
const sessions: FrozenModel[] = []
afterAll(() => Promise.all(sessions.map((frozen) => frozen.close())))

async function open(name: string): Promise<{ opened: OpenedModel; frozen: FrozenModel }> {
  const opened = await imported(checkpointOf(name), 'float32', folder)
  const frozen = await openFrozen(opened, { threads: 1 })
  sessions.push(frozen)
  return { opened, frozen }
}

test('labels are scored by the output layer’s rows at their words, without a bias', async () => {
  const model = await open('mha-untied')
  const labels = [7, 250, 3].map((token) => ({ label: `${token}`, verbalizer: `${token}`, token }))
  const { labelRows, bias } = await wordHead(model, labels)
  expect(labelRows).toEqual(model.opened.outputRows([7, 250, 3]))
  expect(Array.from(bias)).toEqual([0, 0, 0])
})

describe('a model without an output layer', async () => {
  const model = await open('minilm-st')
  const { opened, frozen } = model
  const H = opened.card.sizes.hidden
  const words = ['good coffee', 'bad film', 'please', 'where']
  const labels = words.map((verbalizer, token) => ({ label: `label ${token}`, verbalizer, token }))
  const { labelRows, bias } = await wordHead(model, labels)
  const embed = async (text: string) => (await frozen.hidden([{ inputIds: [2, ...opened.encode(text), 3] }], [frozen.unprompted]))[0]!
  const rowOf = (c: number) => labelRows.subarray(c * H, (c + 1) * H)

  test('scores labels by what it makes of their words between [CLS] and [SEP], of length 1, without a bias', async () => {
    expect(labelRows).toHaveLength(words.length * H)
    expect(Array.from(bias)).toEqual([0, 0, 0, 0])
    for (const [c, word] of words.entries()) {
      const embedding = await embed(word)
      const row = rowOf(c)
      expect(Math.hypot(...row)).toBeCloseTo(1, 6)
      expect(relativeError(row, embedding.map((value) => value / Math.hypot(...embedding)))).toBeLessThan(1e-5) // biome-ignore format: one thought
    }
  })

  test('ranks the labels of a text by the cosine between them', async () => {
    for (const text of ['the coffee is good', 'open the film, please!', 'is 中文 where', ...words]) {
      const hidden = await embed(text)
      const scores = labelScores(hidden, { labelRows, bias })
      const cosines = words.map((_, c) => cosine(hidden, rowOf(c)))
      const order = (values: ArrayLike<number>) => words.map((_, c) => c).sort((a, b) => values[b]! - values[a]!)
      expect(order(scores)).toEqual(order(cosines))
      expect(relativeError(Array.from(scores, (score) => score / Math.hypot(...hidden)), cosines)).toBeLessThan(1e-6) // biome-ignore format: one thought
      if (words.includes(text)) expect(order(scores)[0]).toBe(words.indexOf(text)) // a label's own words are the most like it
    }
  })

  test('does the same for a label alone as among others', async () => {
    const alone = await wordHead(model, labels.slice(1, 2))
    expect(alone.labelRows).toEqual(rowOf(1).slice())
  })
})
