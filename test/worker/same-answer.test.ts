import { beforeAll, describe, expect, it } from 'vitest'
import { classify } from '../fixtures/worker/ask.ts'
import { publish } from '../fixtures/worker/bucket.ts'

const tasks = [
  { task: 'one-token', seed: 11, card: { virtualTokens: 1 } },
  { task: 'five', seed: 12, card: { virtualTokens: 5 } },
  { task: 'sixteen', seed: 13, card: { virtualTokens: 16 } },
  { task: 'seventeen', seed: 14, card: { virtualTokens: 17 } },
  { task: 'fifty', seed: 15, card: { virtualTokens: 50, template: 'Note: {text} All in all it was' } },
  { task: 'deep-three', seed: 16, card: { kind: 'prefix' as const, virtualTokens: 3 } },
  { task: 'deep-thirty', seed: 17, card: { kind: 'prefix' as const, virtualTokens: 30 } },
  { task: 'labels-alone', seed: 18, card: { virtualTokens: 0 } },
  { task: 'deep-labels-alone', seed: 19, card: { kind: 'prefix' as const, virtualTokens: 0 } },
]
const texts = [
  '',
  'Yes.',
  'The parcel came two days late.',
  'The box was open at one corner, and '.repeat(3),
  'nobody answered '.repeat(20),
]
const questions = tasks.flatMap(({ task }) => texts.map((input) => ({ task, input })))

type Probabilities = Readonly<Record<string, number>>
let alone: Probabilities[]
beforeAll(async () => {
  for (const wanted of tasks) await publish(wanted)
  alone = []
  for (const question of questions) {
    const [result] = await classify([question])
    expect(result?.batch).toMatchObject({ rows: 1, tasks: 1 })
    alone.push(result?.probabilities as Probabilities)
  }
})

describe('an answer is bit for bit the same as alone', () => {
  it('in batches of every task, kind, prefix length and text length', async () => {
    const results = await classify(questions)
    expect(results.map(({ probabilities }) => probabilities)).toEqual(alone)
    expect(Math.max(...results.map(({ batch }) => batch.tasks))).toBeGreaterThan(1)
  })

  it('in another order', async () => {
    const order = questions.map((_, index) => (index * 17) % questions.length)
    expect(new Set(order).size).toBe(questions.length)
    const results = await classify(order.map((index) => questions[index] as (typeof questions)[number]))
    expect(results.map(({ probabilities }) => probabilities)).toEqual(order.map((index) => alone[index]))
  })

  it('when many calls come at once', async () => {
    const results = await Promise.all(questions.map((question) => classify([question])))
    expect(results.map(([result]) => result?.probabilities)).toEqual(alone)
    expect(Math.max(...results.map(([result]) => result?.batch.rows ?? 0))).toBeGreaterThan(1)
  })

  it('from another host of the model', async () => {
    const results = await classify(questions, { MODEL_HOSTS: 3 })
    expect(results.map(({ probabilities }) => probabilities)).toEqual(alone)
    const hosts = new Set(results.map(({ batch }) => batch.id.split('-')[0]))
    expect(hosts.size).toBeGreaterThan(1)
  })
})

it('tells texts and tasks apart', () => {
  expect(new Set(alone.map((probabilities) => JSON.stringify(probabilities))).size).toBe(questions.length)
})
