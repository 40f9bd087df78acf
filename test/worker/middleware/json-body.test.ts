import { beforeAll, describe, expect, it } from 'vitest'
import { ask, refusal } from '../../fixtures/worker/ask.ts'
import { publish } from '../../fixtures/worker/bucket.ts'

const path = '/v1/tasks/mood/classify'
beforeAll(async () => void (await publish({ task: 'mood' })))

describe('a body that is no JSON is refused', () => {
  it.each([['{"input": "Lovely."'], ['input=Lovely'], [''], ['\u0000']])('%j', async (body) => {
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
})
