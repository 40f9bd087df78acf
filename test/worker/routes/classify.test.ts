import { beforeAll, describe, expect, it } from 'vitest'
import { maxRowTokens } from '../../../shared/formats/limits.ts'
import { labelTensors } from '../../../shared/formats/prompt-package.ts'
import { writeSafetensors } from '../../../shared/formats/safetensors.ts'
import { ask, classify, post, refusal } from '../../fixtures/worker/ask.ts'
import { modelCard, publish, storeEncoder } from '../../fixtures/worker/bucket.ts'

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
  await publish({ task: 'topic', seed: 2, card: { kind: 'prefix', virtualTokens: 3 } })
})

describe('POST /v1/tasks/{task}/classify', () => {
  it('answers one text', async () => {
    const response = await post('/v1/tasks/mood/classify', { input: 'What a lovely morning.' })
    expect(response.status).toBe(200)
    expect(response.headers.get('server-timing')).toMatch(/^wait;dur=\d+, model;dur=\d+$/)
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
          batch: { id: expect.any(String), rows: 1, tasks: 1, waitedMs: expect.any(Number) },
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

  it('gives no label where none is probable enough for its task', async () => {
    const answer = (thresholds: (number | null)[]) => ({ type: 'softmax', version: 2, temperature: 1, thresholds })
    await publish({ task: 'cautious', card: { answer: answer([1, 1]) } })
    await publish({ task: 'careless', card: { answer: answer([0, 0]) } })
    const input = 'What a lovely morning.'
    const [cautious, careless, plain] = await Promise.all(
      ['cautious', 'careless', 'mood'].map(async (task) => {
        const { results } = await (await post(`/v1/tasks/${task}/classify`, { input })).json<TaskResults>()
        return results[0]
      }),
    )
    expect(cautious).toMatchObject({ label: null, probability: plain!.probability, probabilities: plain!.probabilities })
    expect(careless).toMatchObject({ label: plain!.label, probability: plain!.probability })
    expect(plain).not.toHaveProperty('labels')
  })

  it('gives all labels that reach their thresholds where texts may have several', async () => {
    const answer = (thresholds: (number | null)[]) => ({ type: 'sigmoid', version: 1, temperature: 1, thresholds })
    const first = async (task: string) => {
      const { results } = await (await post(`/v1/tasks/${task}/classify`, { input: 'What a lovely morning.' })).json<TaskResults>()
      return results[0] as TaskResult & { labels: string[] }
    }
    await publish({ task: 'all-of-them', card: { answer: answer([0, 0]) } })
    await publish({ task: 'one-of-them', card: { answer: answer([0, null]) } })
    await publish({ task: 'none-of-them', card: { answer: answer([null, 1]) } })
    const all = await first('all-of-them')
    const { good, bad } = all.probabilities
    expect(all.labels).toEqual(good! > bad! ? ['good', 'bad'] : ['bad', 'good'])
    expect([all.label, all.probability]).toEqual([all.labels[0], Math.max(good!, bad!)])
    expect(await first('one-of-them')).toMatchObject({ label: 'good', labels: ['good'], probability: all.probability })
    expect(await first('none-of-them')).toMatchObject({ label: null, labels: [], probabilities: all.probabilities })
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
  it('answers tasks of every kind in one batch', async () => {
    const results = await classify([
      { task: 'topic', input: 'Lovely.' },
      { task: 'mood', input: 'Lovely.' },
      { task: 'topic', input: 'Dreadful.' },
    ])
    expect(results.map(({ task }) => task)).toEqual(['topic', 'mood', 'topic'])
    expect(results[1]?.prompt).toBe(prompt)
    for (const { batch } of results) expect(batch).toEqual({ id: results[0]?.batch.id, rows: 3, tasks: 2, waitedMs: expect.any(Number) })
  })
})

it('a prompt without virtual tokens answers by its label rows alone, and of both kinds the same', async () => {
  await publish({ task: 'rows', seed: 4, card: { virtualTokens: 0 } })
  await publish({ task: 'deep-rows', seed: 4, card: { kind: 'prefix', virtualTokens: 0 } })
  await publish({ task: 'behind-five', seed: 4 })
  const [table, prefix] = await classify(['rows', 'deep-rows'].map((task) => ({ task, input: 'Lovely.' })))
  expect(table?.batch).toMatchObject({ rows: 2, tasks: 2 })
  expect(table?.probabilities).toEqual(prefix?.probabilities)
  const [five] = await classify([{ task: 'behind-five', input: 'Lovely.' }])
  expect(table?.probabilities).not.toEqual(five?.probabilities)
})

describe('the head of a prompt', () => {
  const { hidden: H } = modelCard.sizes
  const rows = Float32Array.from({ length: 3 * H }, (_, i) => Math.sin(i) / 8)
  const labels = ['no', 'perhaps', 'yes'].map((label, index) => ({ label, verbalizer: label, token: 300 + index }))
  const headed = async (task: string, bias: number[], temperature = 1) => {
    const tensors = {
      [labelTensors.rows]: { shape: [3, H], data: rows },
      [labelTensors.bias]: { shape: [3], data: Float32Array.from(bias) },
    }
    const card = { labels, answer: { type: 'softmax', version: 1, temperature } }
    await publish({ task, seed: 3, card, files: { 'labels.safetensors': writeSafetensors(tensors) } })
    const [result] = await classify([{ task, input: 'Will it rain?' }])
    return labels.map(({ label }) => Math.log(result?.probabilities[label] as number))
  }
  /** log softmax */
  const normalised = (scores: number[]) => {
    const sum = Math.log(scores.reduce((total, score) => total + Math.exp(score), 0))
    return scores.map((score) => score - sum)
  }

  it('adds its bias to the scores before the temperature', async () => {
    const bias = [1.5, -0.25, 0.75]
    const plain = await headed('plain', [0, 0, 0])
    const biased = await headed('biased', bias)
    const wanted = normalised(plain.map((score, c) => score + (bias[c] as number)))
    biased.forEach((score, c) => void expect(score).toBeCloseTo(wanted[c] as number, 12))
    expect(biased[0]).toBeGreaterThan((plain[0] as number) + 0.1)
    const warm = await headed('warm', bias, 4)
    const tempered = normalised(biased.map((score) => score / 4))
    warm.forEach((score, c) => void expect(score).toBeCloseTo(tempered[c] as number, 12))
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
    expect(result).toMatchObject({ truncated: true, tokens: maxRowTokens })
  })

  it('is cut so for an encoder too, whose card may fill all positions behind a prefix and no more', async () => {
    const card = { kind: 'prefix', virtualTokens: 30, template: '{text}' } as const
    const encoder = await storeEncoder()
    await publish({ task: 'all-positions', card: { ...card, maxTokens: encoder.card.sizes.context } }, encoder)
    const [long, short] = await classify([3000, 3].map((count) => ({ task: 'all-positions', input: ' word'.repeat(count) })))
    expect(long).toMatchObject({ truncated: true, tokens: maxRowTokens })
    expect(short).toMatchObject({ truncated: false, tokens: 2 + 3 })
    expect(long?.probabilities).not.toEqual(short?.probabilities)
    await publish({ task: 'too-many-positions', card: { ...card, maxTokens: encoder.card.sizes.context + 1 } }, encoder)
    expect(await refusal(post('/v1/tasks/too-many-positions/classify', { input: 'word' }))).toMatchObject({
      status: 500,
      code: 'invalid_prompt',
      message: expect.stringContaining('rows of 513 tokens'),
    })
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

describe('a call', () => {
  it('with too many texts is refused', async () => {
    expect(await refusal(post('/v1/tasks/mood/classify', { input: Array(4).fill('Lovely.') }, { MAX_INPUTS: 3 }))).toMatchObject({
      status: 413,
      code: 'too_large',
      param: 'input',
    })
    const inputs = Array(4).fill({ task: 'mood', input: 'Lovely.' })
    expect(await refusal(post('/v1/classify', { inputs }, { MAX_INPUTS: 3 }))).toMatchObject({
      status: 413,
      code: 'too_large',
      param: 'inputs',
    })
  })
})

describe('a task is refused', () => {
  it.each([['nobody-knows-it'], ['UPPER'], ['..%2F..%2Fmodels'], ['%00'], ['a'.repeat(200)]])('%s', async (task) => {
    expect(await refusal(post(`/v1/tasks/${task}/classify`, { input: 'Lovely.' }))).toMatchObject({
      status: 404,
      code: 'unknown_task',
      type: 'not_found_error',
      param: 'task',
    })
  })

  it('in a mixed call, saying which', async () => {
    const inputs = ['mood', 'mood', 'nobody-knows-it', 'mood'].map((task) => ({ task, input: 'Lovely.' }))
    expect(await refusal(post('/v1/classify', { inputs }))).toMatchObject({ status: 404, code: 'unknown_task', param: 'inputs.2.task' })
  })

  it('with a name as long as a book', async () => {
    const inputs = [{ task: 'x'.repeat(10_000), input: 'Lovely.' }]
    const answer = await refusal(post('/v1/classify', { inputs }))
    expect(answer).toMatchObject({ status: 400, param: 'inputs.0.task' })
    expect(answer.message.length).toBeLessThan(300)
  })
})
