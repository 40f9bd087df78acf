import { beforeAll, describe, expect, it } from 'vitest'
import { ask, post, refusal } from '../fixtures/worker/ask.ts'
import { publish } from '../fixtures/worker/bucket.ts'

const path = '/v1/tasks/mood/classify'
beforeAll(async () => void (await publish({ task: 'mood' })))

describe('a body is refused with the field at fault', () => {
  it.each([
    ['no input', path, {}, 'input'],
    ['a number', path, { input: 3 }, 'input'],
    ['null', path, { input: null }, 'input'],
    ['a list with a number', path, { input: ['good', 3] }, 'input'],
    ['an empty list', path, { input: [] }, 'input'],
    ['a list for the whole body', path, [], null],
    ['a text for the whole body', path, 'Lovely.', null],
    ['no inputs', '/v1/classify', {}, 'inputs'],
    ['empty inputs', '/v1/classify', { inputs: [] }, 'inputs'],
    ['inputs that are texts', '/v1/classify', { inputs: ['Lovely.'] }, 'inputs.0'],
    ['an input without a task', '/v1/classify', { inputs: [{ task: 'mood', input: 'Lovely.' }, { input: 'Lovely.' }] }, 'inputs.1.task'],
    ['an input without a text', '/v1/classify', { inputs: [{ task: 'mood', input: ['Lovely.'] }] }, 'inputs.0.input'],
  ])('%s', async (_, where, body, param) => {
    expect(await refusal(post(where, body))).toMatchObject({ status: 400, code: 'invalid_request', type: 'invalid_request_error', param })
  })

  it.each([['{"input": "Lovely."'], ['input=Lovely'], [''], ['\u0000']])('%j is not JSON', async (body) => {
    expect(await refusal(ask(path, { method: 'POST', body }))).toMatchObject({
      status: 400,
      code: 'invalid_request',
      param: null,
      message: expect.stringContaining('JSON'),
    })
  })

  it('no body at all', async () => {
    expect(await refusal(ask(path, { method: 'POST' }))).toMatchObject({ status: 400, code: 'invalid_request' })
  })
})

describe('a body that is too large', () => {
  const large = JSON.stringify({ input: 'x'.repeat(2000) })

  it('is refused by its announced length, and counted where none is announced', async () => {
    const chunks = new ReadableStream({
      start(controller) {
        for (let at = 0; at < large.length; at += 100) controller.enqueue(new TextEncoder().encode(large.slice(at, at + 100)))
        controller.close()
      },
    })
    for (const body of [large, chunks]) {
      const answer = await refusal(ask(path, { method: 'POST', body, duplex: 'half' } as RequestInit, { MAX_BODY_BYTES: 1000 }))
      expect(answer).toMatchObject({ status: 413, code: 'too_large', message: expect.stringContaining('1000 bytes') })
    }
    expect((await ask(path, { method: 'POST', body: large }, { MAX_BODY_BYTES: large.length })).status).toBe(200)
  })

  it('in texts rather than bytes is refused too', async () => {
    expect(await refusal(post(path, { input: Array(4).fill('Lovely.') }, { MAX_INPUTS: 3 }))).toMatchObject({
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

describe('a route', () => {
  it.each(['/', '/v1', '/v1/nothing', '/v1/tasks/mood/classify/more'])('that is not there gives 404: %s', async (where) => {
    expect(await refusal(ask(where))).toMatchObject({ status: 404, code: 'not_found', type: 'not_found_error' })
  })

  it.each([
    ['GET', path, 'POST'],
    ['DELETE', '/v1/classify', 'POST'],
    ['POST', '/v1/tasks', 'GET, HEAD'],
    ['PUT', '/healthz', 'GET, HEAD'],
  ])('says what it takes instead of %s: %s', async (method, where, allow) => {
    const response = await ask(where, { method })
    expect(response.headers.get('allow')).toBe(allow)
    expect(await refusal(response)).toMatchObject({ status: 405, code: 'method_not_allowed' })
  })
})

it('a setting that is no number is named', async () => {
  const answer = await refusal(post(path, { input: 'Lovely.' }, { MAX_INPUTS: 'many' }))
  expect(answer).toMatchObject({ status: 500, code: 'usage', message: expect.stringContaining('MAX_INPUTS') })
})
