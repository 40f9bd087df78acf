import { beforeAll, describe, expect, it } from 'vitest'
import type { Wanted } from '../fixtures/random-prompt.ts'
import { classify } from '../fixtures/worker/ask.ts'
import { decoder, publish, storeEncoder } from '../fixtures/worker/bucket.ts'

interface Asked {
  readonly tasks: readonly Wanted[]
  readonly texts: readonly string[]
}
const asked: Record<'a decoder' | 'an encoder', Asked> = {
  'a decoder': {
    tasks: [
      { task: 'one-token', seed: 11, card: { virtualTokens: 1 } },
      { task: 'five', seed: 12, card: { virtualTokens: 5 } },
      { task: 'sixteen', seed: 13, card: { virtualTokens: 16 } },
      { task: 'seventeen', seed: 14, card: { virtualTokens: 17 } },
      { task: 'fifty', seed: 15, card: { virtualTokens: 50, template: 'Note: {text} All in all it was' } },
      { task: 'deep-three', seed: 16, card: { kind: 'prefix', virtualTokens: 3 } },
      { task: 'deep-thirty', seed: 17, card: { kind: 'prefix', virtualTokens: 30 } },
      { task: 'labels-alone', seed: 18, card: { virtualTokens: 0 } },
      { task: 'deep-labels-alone', seed: 19, card: { kind: 'prefix', virtualTokens: 0 } },
    ],
    texts: ['', 'Yes.', 'The parcel came two days late.', 'The box was open at one corner, and '.repeat(3), 'nobody answered '.repeat(20)],
  },
  'an encoder': {
    tasks: [
      { task: 'seen-one-token', seed: 21, card: { virtualTokens: 1 } },
      { task: 'seen-twenty', seed: 22, card: { virtualTokens: 20, readout: 'first' } },
      { task: 'before-three', seed: 23, card: { kind: 'prefix', virtualTokens: 3, template: '{text}' } },
      { task: 'before-thirty', seed: 24, card: { kind: 'prefix', virtualTokens: 30, readout: 'first' } },
      { task: 'before-seventeen-counted', seed: 25, card: { kind: 'prefix', virtualTokens: 17, positionOffset: 17 } },
      { task: 'mean-alone', seed: 26, card: { virtualTokens: 0 } },
      { task: 'first-alone', seed: 27, card: { kind: 'prefix', virtualTokens: 0, readout: 'first' } },
    ],
    texts: ['', 'The parcel came two days late.', 'The box was open at one corner, and '.repeat(3)],
  },
}
const questionsOf = ({ tasks, texts }: Asked) => tasks.flatMap(({ task }) => texts.map((input) => ({ task, input })))

type Probabilities = Readonly<Record<string, number>>
/** The answer to each question by itself, by its task and text. */
const alone = new Map<string, Probabilities>()
const keyOf = ({ task, input }: { task: string; input: string }) => `${task}: ${input}`
const aloneOf = (questions: { task: string; input: string }[]) => questions.map((question) => alone.get(keyOf(question)))

beforeAll(async () => {
  const models = { 'a decoder': decoder, 'an encoder': await storeEncoder() }
  for (const family of ['a decoder', 'an encoder'] as const) {
    for (const wanted of asked[family].tasks) await publish(wanted, models[family])
    for (const question of questionsOf(asked[family])) {
      const [result] = await classify([question])
      expect(result?.batch).toMatchObject({ rows: 1, tasks: 1 })
      alone.set(keyOf(question), result?.probabilities as Probabilities)
    }
  }
})

describe.each(['a decoder', 'an encoder'] as const)('an answer of %s is bit for bit the same as alone', (family) => {
  const questions = questionsOf(asked[family])

  it('in batches of every task, kind, prefix length and text length', async () => {
    const results = await classify(questions)
    expect(results.map(({ probabilities }) => probabilities)).toEqual(aloneOf(questions))
    expect(Math.max(...results.map(({ batch }) => batch.tasks))).toBeGreaterThan(1)
  })

  it('in another order', async () => {
    const order = questions.map((_, index) => (index * 17) % questions.length)
    expect(new Set(order).size).toBe(questions.length)
    const shuffled = order.map((index) => questions[index] as (typeof questions)[number])
    const results = await classify(shuffled)
    expect(results.map(({ probabilities }) => probabilities)).toEqual(aloneOf(shuffled))
  })

  it('when many calls come at once', async () => {
    const results = await Promise.all(questions.map((question) => classify([question])))
    expect(results.map(([result]) => result?.probabilities)).toEqual(aloneOf(questions))
    expect(Math.max(...results.map(([result]) => result?.batch.rows ?? 0))).toBeGreaterThan(1)
  })

  it('from another host of the model', async () => {
    const results = await classify(questions, { MODEL_HOSTS: 3 })
    expect(results.map(({ probabilities }) => probabilities)).toEqual(aloneOf(questions))
    const hosts = new Set(results.map(({ batch }) => batch.id.split('-')[0]))
    expect(hosts.size).toBeGreaterThan(1)
  })
})

it('tasks of a decoder and of an encoder are answered in one call, in its order, each by its own model', async () => {
  const [ofDecoder, ofEncoder] = [questionsOf(asked['a decoder']), questionsOf(asked['an encoder'])]
  const questions = ofEncoder.flatMap((question, index) => [question, ofDecoder[index] as (typeof ofDecoder)[number]])
  const results = await classify(questions)
  expect(results.map(({ task }) => task)).toEqual(questions.map(({ task }) => task))
  expect(results.map(({ probabilities }) => probabilities)).toEqual(aloneOf(questions))
  const hostsOf = (odd: number) => new Set(results.filter((_, index) => index % 2 === odd).map(({ batch }) => batch.id.split('-')[0]))
  expect(hostsOf(0).size).toBe(1)
  expect(hostsOf(1).size).toBe(1)
  expect(hostsOf(0)).not.toEqual(hostsOf(1))
})

it('tells texts and tasks apart', () => {
  const answers = [...alone.values()].map((probabilities) => JSON.stringify(probabilities))
  expect(answers).toHaveLength(9 * 5 + 7 * 3)
  expect(new Set(answers).size).toBe(answers.length)
})
