import { beforeAll, describe, expect, it } from 'vitest'
import { ask, classify, post, refusal } from '../fixtures/worker/ask.ts'
import { publish } from '../fixtures/worker/bucket.ts'

interface TaskResult {
  label: string
  probability: number
  probabilities: Record<string, number>
}

interface TaskResults {
  results: [TaskResult, ...TaskResult[]]
}

let prompt: string
beforeAll(async () => {
  prompt = await publish({ task: 'mood' })
  await publish({ task: 'topic', seed: 2, card: { method: 'prefix', virtualTokens: 3 } })
})

describe('POST /v1/tasks/{task}/classify', () => {
  it('answers one text', async () => {
    const response = await post('/v1/tasks/mood/classify', { input: 'What a lovely morning.' })
    expect(response.status).toBe(200)
    const body = await response.json<TaskResults>()
    const [{ label, probability, probabilities }] = body.results
    expect(body).toEqual({
      task: 'mood',
      prompt,
      results: [
        {
          label: expect.stringMatching(/^(good|bad)$/),
          probability: probabilities[label],
          probabilities: { good: expect.any(Number), bad: expect.any(Number) },
          truncated: false,
          tokens: expect.any(Number),
          batch: { id: expect.any(String), rows: 1, tasks: 1 },
        },
      ],
    })
    const { good, bad } = probabilities
    expect(good! + bad!).toBeCloseTo(1, 12)
    expect(probability).toBe(Math.max(good!, bad!))
  })

  it('answers a list in its order', async () => {
    const input = ['Lovely.', 'Dreadful, cold and wet.', 'Lovely.']
    const { results } = await (await post('/v1/tasks/mood/classify', { input })).json<TaskResults>()
    expect(results).toHaveLength(3)
    expect(results[0].probabilities).toEqual(results[2]?.probabilities)
    expect(results[0].probabilities).not.toEqual(results[1]?.probabilities)
  })

  it('takes JSON whatever the content type says', async () => {
    const response = await ask('/v1/tasks/mood/classify', {
      method: 'POST',
      body: JSON.stringify({ input: 'Lovely.' }),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(response.status).toBe(200)
  })

  it.each([
    ['', 'nothing'],
    ['\ud800', 'half a surrogate pair'],
    ['👩‍👩‍👧 \u0000 ½\u0085', 'odd characters'],
  ])('answers %j: %s', async (input) => {
    const { results } = await (await post('/v1/tasks/mood/classify', { input })).json<TaskResults>()
    expect(results[0].probability).toBeGreaterThan(0.5)
  })
})

describe('POST /v1/classify', () => {
  it('answers tasks of every method in one batch', async () => {
    const results = await classify([
      { task: 'topic', input: 'Lovely.' },
      { task: 'mood', input: 'Lovely.' },
      { task: 'topic', input: 'Dreadful.' },
    ])
    expect(results.map(({ task }) => task)).toEqual(['topic', 'mood', 'topic'])
    expect(results[1]?.prompt).toBe(prompt)
    for (const { batch } of results) expect(batch).toEqual({ id: results[0]?.batch.id, rows: 3, tasks: 2 })
  })
})

describe('a text that is too long', () => {
  it('loses its own end and never the template', async () => {
    const word = ' lovely'
    await publish({ task: 'short', card: { maxTokens: 12 } })
    const results = await classify([10, 100, 200].map((count) => ({ task: 'short', input: word.repeat(count) })))
    expect(results.map(({ truncated }) => truncated)).toEqual([true, true, true])
    expect(results.map(({ tokens }) => tokens)).toEqual([12, 12, 12])
    expect(results[1]?.probabilities).toEqual(results[0]?.probabilities)
    // The template after the text is still there: another one gives another answer.
    await publish({ task: 'other-end', card: { maxTokens: 12, template: '{text} so it' } })
    const [other] = await classify([{ task: 'other-end', input: word.repeat(100) }])
    expect(other?.probabilities).not.toEqual(results[0]?.probabilities)
  })

  it('is cut to what the host has memory for', async () => {
    await publish({ task: 'roomy', card: { maxTokens: 1000 } })
    const [result] = await classify([{ task: 'roomy', input: ' word'.repeat(3000) }])
    expect(result).toMatchObject({ truncated: true, tokens: 512 })
  })

  it('is refused from MAX_INPUT_CHARACTERS on', async () => {
    const body = { input: ['fits', 'x'.repeat(101)] }
    expect(await refusal(post('/v1/tasks/mood/classify', body, { MAX_INPUT_CHARACTERS: 100 }))).toMatchObject({
      status: 413,
      code: 'too_large',
      param: 'input.1',
    })
  })
})
