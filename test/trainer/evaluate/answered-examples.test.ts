import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answeredByService } from '../../../trainer/evaluate/answered-examples.ts'

/** What a service gives for each call, in their order. */
let calls: { prompt: string; probabilities: Record<string, number>; label?: string | null; labels?: string[] }[] = []
let asked = 0
const server = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  const { prompt, probabilities, label = Object.keys(probabilities)[0], labels } = calls[asked++]!
  const result = { label, labels, probability: 0.5, probabilities, truncated: asked === 1, tokens: 3 }
  response.end(JSON.stringify({ prompt, results: JSON.parse(body).input.map(() => result) }))
})
let url = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

/** 100 examples, which are two calls. */
const examples = Array.from({ length: 100 }, (_, n) => ({ text: `text ${n}`, label: n % 2 === 0 ? 'x' : 'y' }))
const answered = (given: typeof calls, check?: (labels: readonly string[]) => void) => {
  calls = given
  asked = 0
  const { signal } = new AbortController()
  const dataset = { file: 'test.csv', sha256: '', examples }
  return answeredByService({ url, task: 'spam' }, { name: 'spam', dataset, signal, progress: () => undefined, check })
}
const probabilities = { x: 0.75, y: 0.25 }

test('what a service answers is counted by its labels', async () => {
  const { labels, prompt, truncated, predictions } = await answered([{ prompt: 'p', probabilities }, { prompt: 'p', probabilities: { y: 0.5, x: 0.5 }, label: 'y' }]) // biome-ignore format: one thought
  expect({ labels, prompt, truncated }).toEqual({ labels: ['x', 'y'], prompt: 'p', truncated: 64 })
  expect(predictions).toMatchObject({ several: false, confusion: [[32, 18], [32, 18]] }) // biome-ignore format: a matrix
  expect([predictions.probabilities[0], predictions.probabilities[99]]).toEqual([[0.75, 0.25], [0.5, 0.5]]) // biome-ignore format: a matrix
})

test('a version that goes live meanwhile is told', async () => {
  await expect(
    answered([
      { prompt: 'p', probabilities },
      { prompt: 'q', probabilities },
    ]),
  ).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('another version went live'),
  })
})

test.each([
  ['a label that it does not choose from', { prompt: 'p', probabilities, label: 'z' }],
  ['several labels of which it does not know one', { prompt: 'p', probabilities, labels: ['x', 'z'] }],
  ['a label too few', { prompt: 'p', probabilities: { x: 1 } }],
  ['another label', { prompt: 'p', probabilities: { x: 0.5, z: 0.5 } }],
])('a service that answers with %s is not measured', async (_, second) => {
  await expect(answered([{ prompt: 'p', probabilities }, second])).rejects.toMatchObject({ code: 'storage' })
})

test('labels are checked after the first call, before the others', async () => {
  const refusing = () => {
    throw new Error('not these')
  }
  await expect(answered([{ prompt: 'p', probabilities }], refusing)).rejects.toThrow('not these')
  await expect(answered([{ prompt: 'p', probabilities: { x: 0.5, z: 0.5 } }])).rejects.toThrow(
    'Cannot measure spam on test.csv: it has no label "y" (50 of 100 examples have labels that it does not know). Its labels are x, z.',
  )
  expect(asked).toBe(1)
})

test('of a service that withholds an answer the likeliest label is counted, and of one that gives several all of them', async () => {
  const withheld = { prompt: 'p', probabilities, label: null }
  expect((await answered([withheld, withheld])).predictions).toMatchObject({ confusion: [[50, 0], [50, 0]], withheld: Array(100).fill(true) }) // biome-ignore format: a matrix
  expect((await answered([{ ...withheld, label: 'x' }, withheld])).predictions).toMatchObject({ withheld: Array.from({ length: 100 }, (_, n) => n >= 64) }) // biome-ignore format: one call
  const both = { prompt: 'p', probabilities, labels: ['y', 'x'] }
  const { predictions } = await answered([both, both])
  expect(predictions).toMatchObject({ several: true, classes: 2 })
  expect([predictions.answers[0], predictions.labels[1]]).toEqual([[0, 1], [1]])
})
